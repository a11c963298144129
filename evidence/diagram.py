"""The architecture picture, drawn from the recorded program: subnets, ways through the network, stages and layers."""

from __future__ import annotations

from collections import Counter

from .canvas import WIDTH, Box, Canvas
from .demand import entry, pipeline
from .inventory import inventory
from .network_inventory import EGRESS, Flow, OpenPort
from .network_paths import Columns, Place, arrange
from .platform import Platform, at, shown
from .topology import Subnet, subnets

MARGIN = 14
CHIP = 21
GAP = 6
HEADING = 30

TIER_WORDS = {
    "public": "Public",
    "app": "Application",
    "data": "Data",
}


def architecture(platform: Platform) -> Canvas:
    """Draw the picture."""
    taken = inventory(platform)
    held = subnets(platform)
    columns = arrange((flow.source, flow.destination) for flow in taken.flows)
    heights = (_zones_height(held), _ways_height(columns), _stages_height(), _layers_height(platform))
    canvas = Canvas(
        "arch",
        sum(heights) + MARGIN,
        "Architecture of the platform",
        _description(platform, held, taken.flows),
    )
    y = 0.0
    for part, height in zip((_zones, _ways, _stages, _layers), heights, strict=True):
        part(canvas, platform, y)
        y += height
    return canvas


def _description(platform: Platform, held: tuple[Subnet, ...], flows: tuple[Flow, ...]) -> str:
    zones = len({subnet.zone for subnet in held})
    tiers = ", ".join(dict.fromkeys(subnet.tier for subnet in held))
    stages = ", ".join(stage.name for stage in pipeline(platform))
    ways = "; ".join(f"{_short(f.source)} to {_target(platform, f)} on port {f.port}" for f in flows)
    return (
        f"One VPC over {zones} Availability Zones with the tiers {tiers}. A transaction passes the stages {stages}. "
        f"Ways through the network: {ways}."
    )


def _heading(canvas: Canvas, y: float, text: str, note: str = "") -> None:
    canvas.text(text, MARGIN, y + 20, 14, "strong")
    if note:
        canvas.text(note, WIDTH - MARGIN, y + 20, 10.5, "soft", anchor="end", room=WIDTH - 2 * MARGIN - len(text) * 9)


# Where things run.

_LABEL = 104
_EDGE = 54


def _tiers(held: tuple[Subnet, ...]) -> list[str]:
    order = {"public": 0, "app": 1, "data": 2}
    return sorted({subnet.tier for subnet in held}, key=lambda tier: (order.get(tier, 9), tier))


def _rows(held: tuple[Subnet, ...], tier: str) -> int:
    return max((len(subnet.holds) + 1) // 2 for subnet in held if subnet.tier == tier)


def _tier_height(held: tuple[Subnet, ...], tier: str) -> float:
    return 20 + max(1, _rows(held, tier)) * (CHIP + 4) + 6


def _zones_height(held: tuple[Subnet, ...]) -> float:
    return HEADING + _EDGE + 44 + sum(_tier_height(held, tier) + GAP for tier in _tiers(held)) + 18


def _zones(canvas: Canvas, platform: Platform, y: float) -> None:
    held = subnets(platform)
    zones = sorted({subnet.zone for subnet in held})
    _heading(canvas, y, "Where things run", f"{platform.program.region}, {len(zones)} Availability Zones")
    y += HEADING
    _edge(canvas, platform, y)
    y += _EDGE
    tiers = _tiers(held)
    body = sum(_tier_height(held, tier) + GAP for tier in tiers)
    vpc = Box(MARGIN, y, WIDTH - 2 * MARGIN, body + 46)
    canvas.box(vpc, "panel", radius=8)
    for network in platform.of("aws:ec2/vpc:Vpc"):
        canvas.text(network.name, vpc.x + 10, y + 18, 11.5, "strong")
        canvas.text(shown(at(network, "cidrBlock")), vpc.x + 10, y + 32, 9.5, "soft", room=_LABEL - 8)
    width = (vpc.width - _LABEL - 12) / len(zones)
    for number, zone in enumerate(zones):
        column = Box(vpc.x + _LABEL + number * width + 4, y + 8, width - 8, body + 30)
        canvas.box(column, "zone", radius=8)
        canvas.text(f"Availability Zone {zone + 1}", column.centre, y + 22, 10.5, "soft", anchor="middle")
    top = y + 30
    for tier in tiers:
        height = _tier_height(held, tier)
        canvas.text(TIER_WORDS.get(tier, tier), vpc.x + 10, top + 26, 11.5, "strong")
        _way_out(canvas, held, tier, vpc.x + 10, top + 40)
        for number, zone in enumerate(zones):
            for subnet in held:
                if subnet.tier == tier and subnet.zone == zone:
                    _subnet(canvas, subnet, Box(vpc.x + _LABEL + number * width + 10, top, width - 20, height))
        top += height + GAP


def _way_out(canvas: Canvas, held: tuple[Subnet, ...], tier: str, x: float, y: float) -> None:
    outs = {subnet.way_out.partition("-")[0] for subnet in held if subnet.tier == tier}
    words = {"igw": "to the internet", "nat": "out by NAT only", "": "no way out"}
    canvas.text(" / ".join(words.get(out, out) for out in sorted(outs)), x, y, 9.5, "soft", room=_LABEL - 8)


def _subnet(canvas: Canvas, subnet: Subnet, box: Box) -> None:
    kind = subnet.tier if subnet.tier in TIER_WORDS else "box"
    canvas.box(box, kind)
    canvas.text(subnet.resource.name, box.x + 7, box.y + 14, 9.5, "soft", room=box.width - 14)
    across = 2 if len(subnet.holds) > 1 else 1
    width = (box.width - 14 - (across - 1) * 4) / across
    for number, label in enumerate(subnet.holds):
        x = box.x + 7 + (number % across) * (width + 4)
        canvas.chip(Box(x, box.y + 20 + (number // across) * (CHIP + 4), width, CHIP), label)


def _edge(canvas: Canvas, platform: Platform, y: float) -> None:
    """What stands outside the VPC, in the order in which a request meets it."""
    steps = ["API clients"]
    steps += [f"Firewall {acl.name}" for acl in platform.of("aws:wafv2/webAcl:WebAcl")]
    steps += [f"REST API {api.name}" for api in platform.of("aws:apigateway/restApi:RestApi")]
    steps += [f"VPC link {link.name}" for link in platform.of("aws:apigatewayv2/vpcLink:VpcLink")]
    width, gap = 176.0, 46.0
    x = (WIDTH - len(steps) * width - (len(steps) - 1) * gap) / 2
    for number, step in enumerate(steps):
        box = Box(x + number * (width + gap), y + 6, width, 30)
        canvas.chip(box, step, "panel" if number == 0 else "box", 11)
        if number:
            canvas.straight([(box.x - gap + 3, box.middle), (box.x - 7, box.middle)])


# Ways through the network.

_NODE = Box(0, 0, 128, 38)


def _pitch(columns: Columns) -> float:
    return (WIDTH - 2 * MARGIN - _NODE.width) / max(1, len(columns.columns) - 1)


def _column_height(columns: Columns, column: tuple[Place, ...]) -> float:
    return sum((_NODE.height if columns.is_node(place) else 12) + 12 for place in column)


def _ways_height(columns: Columns) -> float:
    return HEADING + max((_column_height(columns, column) for column in columns.columns), default=0) + 18


def _ways(canvas: Canvas, platform: Platform, y: float) -> None:
    taken = inventory(platform)
    columns = arrange((flow.source, flow.destination) for flow in taken.flows)
    _heading(canvas, y, "Ways through the network", f"{len(taken.flows)} ways, each with its security-group rules")
    y += HEADING
    height = _ways_height(columns) - HEADING - 18
    places = _positions(columns, y, height)
    for edge, way in sorted(columns.ways.items()):
        start, end = places[way[0]], places[way[-1]]
        middle = [(places[place].centre, places[place].middle) for place in way[1:-1]]
        canvas.arrow([(start.right, start.middle), *middle, (end.x - 7, end.middle)])
        _edge_label(canvas, taken.flows, edge, start)
    for place, box in places.items():
        if columns.is_node(place):
            _group(canvas, platform, place[0], box, taken.open_ports)


def _positions(columns: Columns, y: float, height: float) -> dict[Place, Box]:
    found = {}
    for number, column in enumerate(columns.columns):
        top = y + (height - _column_height(columns, column)) / 2 + 6
        for place in column:
            tall = _NODE.height if columns.is_node(place) else 12.0
            found[place] = Box(MARGIN + number * _pitch(columns), top, _NODE.width, tall)
            top += tall + 12
    return found


def _edge_label(canvas: Canvas, flows: tuple[Flow, ...], edge: tuple[str, str], start: Box) -> None:
    """The ports of one way, where its target has others for others."""
    to_target = [flow for flow in flows if flow.destination == edge[1]]
    ports = {
        source: sorted({f.port for f in to_target if f.source == source}) for source in {f.source for f in to_target}
    }
    if len({tuple(item) for item in ports.values()}) > 1:
        canvas.text(", ".join(ports[edge[0]]), start.right + 4, start.middle - 4, 9.5, "soft")


def _group(canvas: Canvas, platform: Platform, name: str, box: Box, ports: tuple[OpenPort, ...]) -> None:
    open_here = [item for item in ports if item.group == name]
    canvas.box(box, "app" if open_here or not name.startswith("pl-") else "panel")
    canvas.text(_words(platform, name), box.centre, box.y + 16, 11, "strong", anchor="middle", room=box.width - 8)
    note = ", ".join(f"{item.protocol} {item.port}" for item in open_here)
    canvas.text(note or _note(platform, name), box.centre, box.y + 30, 9.5, "soft", anchor="middle", room=box.width - 6)


def _note(platform: Platform, name: str) -> str:
    ports = {shown(at(rule, "toPort")) for rule in platform.of(EGRESS) if shown(at(rule, "prefixListId")) == name}
    return f"AWS service, tcp {', '.join(sorted(ports))}" if ports else "nothing comes in"


def _short(name: str) -> str:
    return name.partition("-")[2] if name.startswith("secgroup-") else name


def _words(platform: Platform, name: str) -> str:
    """A group's purpose, or the service behind a prefix list: the program says both."""
    if name.startswith("secgroup-"):
        return _short(name)
    for rule in platform.of(EGRESS):
        if shown(at(rule, "prefixListId")) == name:
            return shown(at(rule, "description")).rpartition("(to ")[2].rstrip(")") or name
    return name


def _target(platform: Platform, flow: Flow) -> str:
    return _words(platform, flow.destination)


# Way of a transaction.

_STAGE_ROWS = 3


def _stages_height() -> float:
    return HEADING + 150 + 16


def _stages(canvas: Canvas, platform: Platform, y: float) -> None:
    stages = pipeline(platform)
    _heading(canvas, y, "Way of a transaction", f"{len(stages)} stages")
    y += HEADING
    width = (WIDTH - 2 * MARGIN - 110) / max(1, len(stages))
    source = Box(MARGIN, y + 4, 92, 40)
    canvas.box(source, "app")
    service = entry(platform)
    name = service.name if service else "producers"
    canvas.text(name, source.centre, source.middle + 4, 11, "strong", anchor="middle", room=source.width - 6)
    left = source
    for number, stage in enumerate(stages):
        x = MARGIN + 110 + number * width
        stream = Box(x + 14, y + 4, width - 30, 40)
        consumers = Box(x + 14, y + 64, width - 30, 32)
        canvas.box(stream, "box")
        canvas.text(
            stage.stream.name, stream.centre, stream.y + 17, 11, "strong", anchor="middle", room=stream.width - 8
        )
        kept = shown(at(stage.stream, "retentionPeriod"))
        canvas.text(f"kept {kept} hours", stream.centre, stream.y + 32, 9.5, "soft", anchor="middle")
        canvas.chip(consumers, stage.service.name if stage.service else "no consumer", "app", 11)
        canvas.straight([(stream.centre, stream.bottom + 1), (stream.centre, consumers.y - 5)])
        canvas.arrow([(left.right + 1, left.middle), (stream.x - 7, stream.middle)])
        _side(canvas, platform, stage.name, Box(x + 14, y + 116, width - 30, 28), consumers)
        left = consumers


def _side(canvas: Canvas, platform: Platform, stage: str, box: Box, consumers: Box) -> None:
    queues = [item for item in platform.of("aws:sqs/queue:Queue") if item.name.endswith(f"-{stage}")]
    tables = [item for item in platform.of("aws:dynamodb/table:Table") if stage in item.name.split("-")]
    half = (box.width - 6) / 2
    canvas.chip(Box(box.x, box.y, half, box.height), ", ".join(item.name for item in queues), "panel", 9.5)
    canvas.chip(Box(box.x + half + 6, box.y, half, box.height), f"{len(tables)} tables", "panel", 9.5)
    for x in (box.x + half / 2, box.x + half * 1.5 + 6):
        canvas.straight([(x, consumers.bottom + 1), (x, box.y - 5)])


# Layers.

_ACROSS = 4


def _layers_height(platform: Platform) -> float:
    return HEADING + -(-len(platform.layers) // _ACROSS) * 44 + 6


def _layers(canvas: Canvas, platform: Platform, y: float) -> None:
    counted = Counter(platform.layer(resource) for resource in platform.program.resources.values())
    _heading(canvas, y, "Layers", f"{sum(counted.values())} resources")
    y += HEADING
    width = (WIDTH - 2 * MARGIN - (_ACROSS - 1) * 8) / _ACROSS
    for number, layer in enumerate(platform.layers):
        box = Box(MARGIN + (number % _ACROSS) * (width + 8), y + (number // _ACROSS) * 44, width, 38)
        canvas.box(box, "panel")
        canvas.text(layer, box.x + 9, box.y + 16, 11, "strong")
        canvas.text(f"{counted[layer]}", box.right - 9, box.y + 16, 11, "soft", anchor="end")
        canvas.text(platform.summary(layer), box.x + 9, box.y + 30, 9.5, "soft", room=box.width - 16)
