"""Two security groups that name each other: each rule is a resource of its own, so there is no circle."""

import pulumi
import pulumi_aws as aws
from groups import SecurityGroups

config = pulumi.Config()
zones = aws.get_availability_zones(state="available")
vpc = aws.ec2.Vpc(
    "vpc-main", cidr_block="10.20.0.0/16", enable_dns_hostnames=True, tags={"Name": config.get("vpc-name", "main")}
)
subnets = [
    aws.ec2.Subnet(f"subnet-{index}", vpc_id=vpc.id, cidr_block=f"10.20.{index}.0/24", availability_zone=zone)
    for index, zone in enumerate(zones.names[:2])
]
groups = SecurityGroups("groups", vpc_id=vpc.id, port=8443)

pulumi.export("vpc-id", vpc.id)
pulumi.export("subnet-ids", pulumi.Output.all(*[subnet.id for subnet in subnets]).apply(",".join))
pulumi.export("web-group-id", groups.web.id)
pulumi.export("app-group-id", groups.app.id)
