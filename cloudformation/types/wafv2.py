"""AWS WAF."""

from .model import GetAtt, Ref, ResourceType

TYPES = (
    ResourceType(
        "aws:wafv2/webAcl:WebAcl",
        "AWS::WAFv2::WebACL",
        attributes={"id": GetAtt("Id"), "arn": GetAtt("Arn"), "capacity": GetAtt("Capacity")},
        short=("waf", "acl"),
    ),
    ResourceType(
        "aws:wafv2/webAclAssociation:WebAclAssociation",
        "AWS::WAFv2::WebACLAssociation",
        attributes={"id": Ref()},
        short=("waf", "wafassoc", "wafassociation"),
    ),
    ResourceType(
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        "AWS::WAFv2::LoggingConfiguration",
        attributes={"id": Ref()},
        short=("waflog",),
    ),
)
