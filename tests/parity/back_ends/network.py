"""VPC and what stands in it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from . import Account, Check, Facts, Program, document, tag_map

EVERYTHING = "-1"


def _vpcs_asked(program: Program) -> Facts:
    return {
        item["tags"]["Name"]: (item["cidrBlock"], item["enableDnsHostnames"], item["enableDnsSupport"], item["tags"])
        for item in program.of("ec2/vpc:Vpc")
    }


def _vpcs_found(account: Account) -> Facts:
    found = {}
    for vpc in account.raw("ec2", "describe_vpcs")["Vpcs"]:
        if not vpc["IsDefault"]:
            dns = [
                account.raw("ec2", "describe_vpc_attribute", VpcId=vpc["VpcId"], Attribute=name)[key]["Value"]
                for name, key in (
                    ("enableDnsHostnames", "EnableDnsHostnames"),
                    ("enableDnsSupport", "EnableDnsSupport"),
                )
            ]
            tags = tag_map(vpc["Tags"])
            found[tags["Name"]] = (vpc["CidrBlock"], *dns, tags)
    return found


def _subnets_asked(program: Program) -> Facts:
    return {
        item["tags"]["Name"]: (
            item["vpcId"],
            item["cidrBlock"],
            item["availabilityZone"],
            item["mapPublicIpOnLaunch"],
            item["tags"],
        )
        for item in program.of("ec2/subnet:Subnet")
    }


def _subnets_found(account: Account) -> Facts:
    subnets = [item for item in account.ask("ec2", "describe_subnets")["Subnets"] if not item["DefaultForAz"]]
    return {
        tag_map(item["Tags"])["Name"]: (
            item["VpcId"],
            item["CidrBlock"],
            item["AvailabilityZone"],
            item["MapPublicIpOnLaunch"],
            tag_map(item["Tags"]),
        )
        for item in subnets
    }


def _routes_asked(program: Program) -> Facts:
    """Per subnet, where its traffic goes beside the VPC itself and the gateway endpoints."""
    routes: dict[str, list[Any]] = {}
    for item in program.of("ec2/route:Route"):
        target = item.get("gatewayId") or item.get("natGatewayId")
        routes.setdefault(item["routeTableId"], []).append((item["destinationCidrBlock"], target))
    return {
        item["subnetId"]: sorted(routes.get(item["routeTableId"], []))
        for item in program.of("ec2/routeTableAssociation:RouteTableAssociation")
    }


def _routes_found(account: Account) -> Facts:
    found = {}
    for table in account.ask("ec2", "describe_route_tables")["RouteTables"]:
        routes = sorted(
            (route["DestinationCidrBlock"], route.get("NatGatewayId") or route["GatewayId"])
            for route in table["Routes"]
            if "DestinationCidrBlock" in route and route.get("GatewayId") != "local"
        )
        for association in table["Associations"]:
            if "SubnetId" in association:
                found[association["SubnetId"]] = routes
    return found


def _acls_asked(program: Program) -> Facts:
    """Per subnet, its network ACL's entries."""
    entries: dict[str, list[Any]] = {}
    for item in program.of("ec2/networkAclRule:NetworkAclRule"):
        ports = (item["fromPort"], item["toPort"]) if "fromPort" in item and item["protocol"] != EVERYTHING else None
        entry = (item["egress"], item["ruleNumber"], item["protocol"], item["cidrBlock"], item["ruleAction"], ports)
        entries.setdefault(item["networkAclId"], []).append(entry)
    return {
        item["subnetId"]: sorted(entries[item["networkAclId"]], key=str)
        for item in program.of("ec2/networkAclAssociation:NetworkAclAssociation")
    }


def _acls_found(account: Account) -> Facts:
    found: Facts = {}
    last = 32767  # the rule that denies the rest, which AWS puts there itself
    for acl in account.ask("ec2", "describe_network_acls")["NetworkAcls"]:
        if acl["IsDefault"]:
            continue
        entries = sorted(
            (
                (
                    entry["Egress"],
                    entry["RuleNumber"],
                    entry["Protocol"],
                    entry["CidrBlock"],
                    entry["RuleAction"],
                    (entry["PortRange"]["From"], entry["PortRange"]["To"]) if entry.get("PortRange") else None,
                )
                for entry in acl["Entries"]
                if entry["RuleNumber"] != last
            ),
            key=str,
        )
        found |= {association["SubnetId"]: entries for association in acl["Associations"]}
    return found


def _group_rules_asked(program: Program) -> Facts:
    groups: dict[str, list[Any]] = {}
    for kind, egress in (("Ingress", False), ("Egress", True)):
        for item in program.of(f"vpc/securityGroup{kind}Rule:SecurityGroup{kind}Rule"):
            peer = item.get("referencedSecurityGroupId") or item.get("prefixListId") or item.get("cidrIpv4")
            rule = (egress, item["ipProtocol"], item["fromPort"], item["toPort"], peer)
            groups.setdefault(item["securityGroupId"], []).append(rule)
    return {name: sorted(rules, key=str) for name, rules in groups.items()}


def _group_rules_found(account: Account) -> Facts:
    groups: dict[str, list[Any]] = {}
    for rule in account.ask("ec2", "describe_security_group_rules")["SecurityGroupRules"]:
        peer = rule.get("ReferencedGroupInfo", {}).get("GroupId") or rule.get("PrefixListId") or rule.get("CidrIpv4")
        facts = (rule["IsEgress"], rule["IpProtocol"], rule.get("FromPort"), rule.get("ToPort"), peer)
        # The egress rule that matches nothing, which stands in every group: see the listed differences.
        if facts[1] != "icmp" and rule["GroupId"].startswith("«"):
            groups.setdefault(rule["GroupId"], []).append(facts)
    return {name: sorted(rules, key=str) for name, rules in groups.items()}


def _endpoints_asked(program: Program) -> Facts:
    return {
        item["tags"]["Name"]: (
            item["vpcId"],
            item["serviceName"],
            item["vpcEndpointType"],
            sorted(item.get("subnetIds", [])),
            sorted(item.get("routeTableIds", [])),
            sorted(item.get("securityGroupIds", [])),
            item.get("privateDnsEnabled") if item["vpcEndpointType"] == "Interface" else None,
            document(item["policy"]),
        )
        for item in program.of("ec2/vpcEndpoint:VpcEndpoint")
    }


def _endpoints_found(account: Account) -> Facts:
    return {
        tag_map(item["Tags"])["Name"]: (
            item["VpcId"],
            item["ServiceName"],
            item["VpcEndpointType"],
            sorted(item["SubnetIds"]),
            sorted(item["RouteTableIds"]),
            sorted(group["GroupId"] for group in item["Groups"]),
            item["PrivateDnsEnabled"] if item["VpcEndpointType"] == "Interface" else None,
            document(item["PolicyDocument"]),
        )
        for item in account.ask("ec2", "describe_vpc_endpoints")["VpcEndpoints"]
    }


def _gateways_asked(program: Program) -> Facts:
    return {
        item["tags"]["Name"]: (item["subnetId"], item["connectivityType"], item["allocationId"])
        for item in program.of("ec2/natGateway:NatGateway")
    }


def _gateways_found(account: Account) -> Facts:
    return {
        tag_map(item["Tags"])["Name"]: (
            item["SubnetId"],
            item["ConnectivityType"],
            item["NatGatewayAddresses"][0]["AllocationId"],
        )
        for item in account.ask("ec2", "describe_nat_gateways")["NatGateways"]
    }


def _flow_logs_asked(program: Program) -> Facts:
    return {
        item["vpcId"]: (
            item["trafficType"],
            item["logDestinationType"],
            _log_group(item),
            item["iamRoleArn"],
            item["maxAggregationInterval"],
        )
        for item in program.of("ec2/flowLog:FlowLog")
    }


def _log_group(item: Mapping[str, Any]) -> str:
    return str(item["logDestination"]).rpartition(":log-group:")[2].removesuffix(":*")


def _flow_logs_found(account: Account) -> Facts:
    return {
        item["ResourceId"]: (
            item["TrafficType"],
            item["LogDestinationType"],
            item.get("LogGroupName") or item["LogDestination"].rpartition(":log-group:")[2].removesuffix(":*"),
            item["DeliverLogsPermissionArn"],
            item["MaxAggregationInterval"],
        )
        for item in account.ask("ec2", "describe_flow_logs")["FlowLogs"]
    }


def _balancers_asked(program: Program) -> Facts:
    return {
        item["name"]: {
            "scheme": "internal" if item["internal"] else "internet-facing",
            "subnets": sorted(item["subnets"]),
            "groups": sorted(item["securityGroups"]),
            "drop": item["dropInvalidHeaderFields"],
            "idle": item["idleTimeout"],
            "protected": item["enableDeletionProtection"],
            "logs": (item["accessLogs"]["enabled"], item["accessLogs"]["bucket"], item["accessLogs"]["prefix"]),
        }
        for item in program.of("lb/loadBalancer:LoadBalancer")
    }


def _balancers_found(account: Account) -> Facts:
    found = {}
    for item in account.raw("elbv2", "describe_load_balancers")["LoadBalancers"]:
        arn = item["LoadBalancerArn"]
        answer = account.ask("elbv2", "describe_load_balancer_attributes", LoadBalancerArn=arn)
        attributes = {pair["Key"]: pair["Value"] for pair in answer["Attributes"]}
        named = account.ask("elbv2", "describe_load_balancers", LoadBalancerArns=[arn])["LoadBalancers"][0]
        found[item["LoadBalancerName"]] = {
            "scheme": named["Scheme"],
            "subnets": sorted(zone["SubnetId"] for zone in named["AvailabilityZones"]),
            "groups": sorted(named["SecurityGroups"]),
            "drop": attributes["routing.http.drop_invalid_header_fields.enabled"] == "true",
            "idle": int(attributes["idle_timeout.timeout_seconds"]),
            "protected": attributes["deletion_protection.enabled"] == "true",
            "logs": (
                attributes["access_logs.s3.enabled"] == "true",
                attributes["access_logs.s3.bucket"],
                attributes["access_logs.s3.prefix"],
            ),
        }
    return found


def _target_groups_asked(program: Program) -> Facts:
    return {
        item["name"]: (
            item["port"],
            item["protocol"],
            item["targetType"],
            item["vpcId"],
            item["deregistrationDelay"],
            item["healthCheck"]["path"],
            item["healthCheck"]["protocol"],
            item["healthCheck"]["interval"],
            item["healthCheck"]["timeout"],
            item["healthCheck"]["healthyThreshold"],
            item["healthCheck"]["unhealthyThreshold"],
            item["healthCheck"]["matcher"],
        )
        for item in program.of("lb/targetGroup:TargetGroup")
    }


def _target_groups_found(account: Account) -> Facts:
    found = {}
    for raw in account.raw("elbv2", "describe_target_groups")["TargetGroups"]:
        answer = account.raw("elbv2", "describe_target_group_attributes", TargetGroupArn=raw["TargetGroupArn"])
        attributes = {pair["Key"]: pair["Value"] for pair in answer["Attributes"]}
        found[raw["TargetGroupName"]] = (
            raw["Port"],
            raw["Protocol"],
            raw["TargetType"],
            account.rewrite(raw["VpcId"]),
            int(attributes["deregistration_delay.timeout_seconds"]),
            raw["HealthCheckPath"],
            raw["HealthCheckProtocol"],
            raw["HealthCheckIntervalSeconds"],
            raw["HealthCheckTimeoutSeconds"],
            raw["HealthyThresholdCount"],
            raw["UnhealthyThresholdCount"],
            raw["Matcher"]["HttpCode"],
        )
    return found


def _listeners_asked(program: Program) -> Facts:
    """Per port: protocol, TLS policy, certificate, and where which paths go."""
    rules: dict[str, list[Any]] = {}
    for item in program.of("lb/listenerRule:ListenerRule"):
        groups = [(group["arn"], group["weight"]) for group in item["actions"][0]["forward"]["targetGroups"]]
        rule = (str(item["priority"]), item["conditions"][0]["pathPattern"]["values"], sorted(groups))
        rules.setdefault(item["listenerArn"], []).append(rule)
    return {
        str(item["port"]): (
            item["protocol"],
            item["sslPolicy"],
            item["certificateArn"],
            rules[program.id_of("lb/listener:Listener", "port", item["port"])],
        )
        for item in program.of("lb/listener:Listener")
    }


def _listeners_found(account: Account) -> Facts:
    found = {}
    balancers = account.raw("elbv2", "describe_load_balancers")["LoadBalancers"]
    for listener in itertools.chain.from_iterable(
        account.raw("elbv2", "describe_listeners", LoadBalancerArn=item["LoadBalancerArn"])["Listeners"]
        for item in balancers
    ):
        rules = account.ask("elbv2", "describe_rules", ListenerArn=listener["ListenerArn"])["Rules"]
        found[str(listener["Port"])] = (
            listener["Protocol"],
            listener["SslPolicy"],
            listener["Certificates"][0]["CertificateArn"],
            [
                (
                    rule["Priority"],
                    rule["Conditions"][0]["PathPatternConfig"]["Values"],
                    sorted(
                        (group["TargetGroupArn"], group["Weight"])
                        for group in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
                    ),
                )
                for rule in rules
                if not rule["IsDefault"]
            ],
        )
    return found


CHECKS = (
    Check("VPC", "ec2", _vpcs_asked, _vpcs_found),
    Check("subnets", "ec2", _subnets_asked, _subnets_found),
    Check("routes", "ec2", _routes_asked, _routes_found),
    Check("network ACLs", "ec2", _acls_asked, _acls_found),
    Check("security-group rules", "ec2", _group_rules_asked, _group_rules_found),
    Check("VPC endpoints", "ec2", _endpoints_asked, _endpoints_found),
    Check("NAT gateways", "ec2", _gateways_asked, _gateways_found),
    Check("flow logs", "ec2", _flow_logs_asked, _flow_logs_found),
    Check("load balancers", "elbv2", _balancers_asked, _balancers_found),
    Check("target groups", "elbv2", _target_groups_asked, _target_groups_found),
    Check("listeners", "elbv2", _listeners_asked, _listeners_found),
)
