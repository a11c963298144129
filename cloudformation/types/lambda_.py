"""AWS Lambda."""

from ..graph import Literal, MapValue, Value
from .model import Drop, GetAtt, Ref, ResourceType, Text, To

INLINE_FILE = "index.py"


def inline_code(code: Value) -> Value:
    """An archive of the one file ``index.py`` as its text, which CloudFormation packs itself."""
    match code:
        case MapValue({"assets": MapValue({"index.py": MapValue({"text": Literal(str()) as text})} as files)}):
            if len(files) == 1:
                return text
    raise ValueError(
        f"must be AssetArchive({{{INLINE_FILE!r}: StringAsset(...)}}): other code cannot stand in a template"
    )


TYPES = (
    ResourceType(
        "aws:lambda/function:Function",
        "AWS::Lambda::Function",
        properties={
            "name": To("FunctionName"),
            "code": To("Code.ZipFile", "CloudFormation packs inline code itself", convert=inline_code),
            "fileSystemConfig": To("FileSystemConfigs"),
            "publish": Drop("a version is a resource of its own", only=(False,)),
            "skipDestroy": Drop("DeletionPolicy says it", only=(False,)),
            "replaceSecurityGroupsOnDestroy": Drop("the provider's way to free network interfaces sooner"),
            "replacementSecurityGroupIds": Drop("the provider's way to free network interfaces sooner"),
        },
        attributes={
            "id": Ref(),
            "name": Ref(),
            "arn": GetAtt("Arn"),
            "invokeArn": Text(
                "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${GetAtt:Arn}/invocations"
            ),
        },
        short=("lambda",),
    ),
    ResourceType(
        "aws:lambda/permission:Permission",
        "AWS::Lambda::Permission",
        properties={
            "function": To("FunctionName"),
            "principalOrgId": To("PrincipalOrgID"),
            "statementId": Drop("CloudFormation gives the statement an id of its own"),
        },
        attributes={"id": Ref()},
    ),
)
