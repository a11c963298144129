"""The controls that the pack answers for: what PCI DSS v4.0.1 asks of AWS resources of this platform's kinds.

Every one of them has a rule, or an entry in ``policies.not_visible`` that says where it is handled instead; a test
holds that. The numbers are the pack's own and stable.
"""

from __future__ import annotations

from collections.abc import Mapping

_LIST = """
1 Subnets assign no public addresses
2 Routes to the internet for the public tier only
3 Public subnets hold load balancers and NAT gateways only
4 Internet gateways attached to the authorised VPC only
5 No SSH from the internet
6 No administration ports from the internet
7 The internet reaches port 443 of the edge only
8 Data stores reachable from named security groups only
9 Egress restricted
10 Security group rules say why
11 Default security group closed
12 Network ACLs closed to administration ports
13 A network ACL for each tier, none unused
14 Flow logs of all traffic, kept
15 VPC endpoints for AWS services, with private DNS
16 Endpoint policies restricted
17 Public access blocked for the whole account's VPCs
18 Listeners encrypted
19 TLS 1.2 or newer at the load balancer
20 Certificates of ACM
21 Hop to the targets encrypted
22 Invalid headers dropped
23 Request smuggling mitigated
24 Load balancer access logs
25 Load balancer deletion protection
26 Firewall before public load balancers
27 Firewall before API stages
28 Firewall rules against known attacks, blocking
29 Firewall logs, redacted
30 Firewall metrics
31 API access logs
32 API execution logs
33 No bodies in API logs
34 API cache off or encrypted
35 Client certificate towards the back end
36 TLS 1.2 or newer at the API
37 Default API endpoint closed
38 API methods authorised
39 API requests validated
40 API throttled
41 API traced
42 API endpoint type as designed
43 Certificates renewed, with strong keys
44 Keys rotate
45 Key deletion delayed and noticed
46 Key policies not public
47 Key administration apart from use
48 Grants for AWS services only
49 Services in key policies tied to the account
50 A key for each class of data
51 Key use scoped in IAM policies
52 Secrets under customer-managed keys
53 Secrets rotate
54 Secrets rotate within 90 days
55 No unused secrets
56 Secret policies closed
57 No secrets in clear
58 Databases encrypted
59 Card numbers unreadable beyond disk encryption
60 Databases not public
61 Databases in private subnets
62 Databases require TLS
63 Database logs exported
64 Database audit on
65 No default administrator name
66 Administrator password managed
67 IAM database authentication
68 Database minor upgrades automatic
69 Database events told
70 Databases backed up
71 Database deletion protection
72 Database port other than the default
73 Database monitoring, encrypted
74 Snapshots encrypted and private
75 Database proxy requires TLS and IAM
76 Cache requires TLS
77 Cache encrypted
78 Cache authenticated
79 Cache minor upgrades automatic
80 Cache private, failing over
81 Cache logs; no snapshots of card data
82 File systems encrypted
83 File systems require TLS and identity
84 Access points enforce a user
85 Access points enforce a directory
86 File systems mounted with TLS and IAM
87 File systems backed up
88 Mount targets private
89 Streams and tables encrypted
90 Stream retention bounded
91 Queues encrypted
92 Queues and topics require TLS
93 Queue and topic policies closed
94 Dead-letter queues, bounded
95 Topics encrypted
96 Topic delivery failures logged
97 Tasks without public addresses
98 No secrets in container environments
99 Latest Fargate platform
100 Containers not root
101 Containers without privileges
102 Containers read-only
103 Containers logged
104 Tasks isolated from hosts
105 Task role apart from execution role
106 Shell sessions off, or encrypted and logged
107 Container insights
108 Images scanned
109 Images pinned
110 Image registry encrypted and closed
111 Deployments roll back
112 Buckets block public access
113 Buckets require TLS
114 Buckets encrypted
115 Buckets versioned
116 Log archive locked
117 Bucket access logged
118 Object access recorded in the trail
119 Bucket lifetime: a year, three months at hand
120 Bucket access control lists off
121 Bucket policies closed
122 Log archive replicated
123 Bucket event notifications
124 Trail in all Regions
125 Trail files validated
126 Trail encrypted
127 Trail to CloudWatch Logs
128 Trail bucket not public
129 Trail insights
130 Logs kept for a year
131 Logs encrypted
132 Card data masked in logs
133 Logs protected from deletion
134 Alarms act and reach somebody
135 Audit alarms
136 Failing controls noticed
137 GuardDuty
138 AWS Config
139 Security Hub
140 Inspector
141 Macie
142 DNS query logs
143 Event bus policy
144 Function logs
145 Backup vault encrypted and locked
146 No full rights
147 No rights to whole services
148 No rights to all resources
149 PassRole scoped
150 No policies on users
151 No users
152 Trust policies named and tied
153 No broad AWS policies
154 MFA and bounded sessions
155 Password policy
156 Support role
157 Functions in the VPC, closed, supported
158 Scope tags
159 Production apart from other environments
160 Stateful resources protected
"""

CONTROLS: Mapping[int, str] = {
    int(number): title for number, _, title in (line.partition(" ") for line in _LIST.strip().splitlines())
}
