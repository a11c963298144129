"""Security groups as a component."""

import pulumi
import pulumi_aws as aws


class SecurityGroups(pulumi.ComponentResource):
    """Web servers may call the application, and the application may call them back."""

    def __init__(self, name: str, *, vpc_id: pulumi.Input[str], port: int) -> None:
        super().__init__("example:network:SecurityGroups", name)
        self._port = port
        self.web = self._create_group("web", "Web servers", vpc_id)
        self.app = self._create_group("app", "Application servers", vpc_id)
        self._allow(self.web, self.app, "web-to-app")
        self._allow(self.app, self.web, "app-to-web")
        self.register_outputs({})

    def _create_group(self, name: str, description: str, vpc_id: pulumi.Input[str]) -> aws.ec2.SecurityGroup:
        """A group without rules: who talks to whom is said by the rules alone."""
        opts = pulumi.ResourceOptions(parent=self)
        return aws.ec2.SecurityGroup(f"sg-{name}", vpc_id=vpc_id, description=description, opts=opts)

    def _allow(self, source: aws.ec2.SecurityGroup, target: aws.ec2.SecurityGroup, name: str) -> None:
        """One way between two groups: out of the one, into the other."""
        opts = pulumi.ResourceOptions(parent=self)
        ports = {"ip_protocol": "tcp", "from_port": self._port, "to_port": self._port}
        aws.vpc.SecurityGroupEgressRule(
            f"egress-{name}",
            security_group_id=source.id,
            referenced_security_group_id=target.id,
            opts=opts,
            **ports,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"ingress-{name}",
            security_group_id=target.id,
            referenced_security_group_id=source.id,
            opts=opts,
            **ports,
        )
