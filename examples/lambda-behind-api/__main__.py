"""A function behind a REST API, resource by resource: the integration becomes part of its method, and the deployment's
logical id follows the API, so that a changed API is deployed again."""

import json

import pulumi
import pulumi_aws as aws

SOURCE = """\
import json
import os


def handler(event, context):
    name = (event.get("queryStringParameters") or {}).get("name", "world")
    return {"statusCode": 200, "body": json.dumps({"greeting": f"{os.environ['GREETING']}, {name}!"})}
"""


def create_function(greeting: str) -> aws.lambda_.Function:
    """The function itself, which may do nothing but write its log."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = aws.iam.Role("role-greeter", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    partition = aws.get_partition().partition
    aws.iam.RolePolicyAttachment(
        "greeter-logs",
        role=role.name,
        policy_arn=f"arn:{partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    )
    return aws.lambda_.Function(
        "lambda-greeter",
        role=role.arn,
        runtime="python3.13",
        architectures=["arm64"],
        handler="index.handler",
        code=pulumi.AssetArchive({"index.py": pulumi.StringAsset(SOURCE)}),
        environment={"variables": {"GREETING": greeting}},
    )


def create_api(function: aws.lambda_.Function) -> aws.apigateway.Stage:
    """``GET /greeting``, answered by the function."""
    api = aws.apigateway.RestApi("api", name="greeting", endpoint_configuration={"types": "REGIONAL"})
    path = aws.apigateway.Resource(
        "path-greeting", rest_api=api.id, parent_id=api.root_resource_id, path_part="greeting"
    )
    method = aws.apigateway.Method(
        "method-get-greeting", rest_api=api.id, resource_id=path.id, http_method="GET", authorization="AWS_IAM"
    )
    integration = aws.apigateway.Integration(
        "integration-get-greeting",
        rest_api=api.id,
        resource_id=path.id,
        http_method=method.http_method,
        type="AWS_PROXY",
        integration_http_method="POST",
        uri=function.invoke_arn,
    )
    aws.lambda_.Permission(
        "permission-api",
        function=function.name,
        action="lambda:InvokeFunction",
        principal="apigateway.amazonaws.com",
        source_arn=pulumi.Output.concat(api.execution_arn, "/*/GET/greeting"),
    )
    deployment = aws.apigateway.Deployment(
        "deployment",
        rest_api=api.id,
        triggers={
            "api": pulumi.Output.json_dumps([path.path_part, method.http_method, integration.type, integration.uri])
        },
        opts=pulumi.ResourceOptions(depends_on=[integration]),
    )
    return aws.apigateway.Stage("stage-live", rest_api=api.id, deployment=deployment.id, stage_name="live")


config = pulumi.Config()
stage = create_api(create_function(config.get("greeting", "Hello")))
region = aws.get_region().region

pulumi.export(
    "url",
    pulumi.Output.format(
        "https://{0}.execute-api.{1}.amazonaws.com/{2}/greeting", stage.rest_api, region, stage.stage_name
    ),
)
