"""Amazon API Gateway, second generation: VPC links, which REST APIs use as well."""

from .model import Ref, ResourceType, Text

TYPES = (
    ResourceType(
        "aws:apigatewayv2/vpcLink:VpcLink",
        "AWS::ApiGatewayV2::VpcLink",
        attributes={"id": Ref(), "arn": Text("arn:${AWS::Partition}:apigateway:${AWS::Region}::/vpclinks/${Ref}")},
        short=("link",),
    ),
)
