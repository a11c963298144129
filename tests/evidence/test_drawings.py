"""The drawings: from the graph, the same for the same graph, with a text alternative, light and dark."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from cloudformation.graph import Literal
from cloudformation.synth import Synthesis
from evidence.diagram import architecture
from evidence.growth import Scale, growth
from evidence.network_paths import arrange
from evidence.platform import Platform
from evidence.report import Report
from evidence.topology import subnets
from evidence.writing import write_pictures
from tests.evidence.conftest import ROOT
from tests.evidence.support import changed, resource

SVG = "{http://www.w3.org/2000/svg}"


def words(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.fixture(scope="module")
def drawn(platform: Platform) -> str:
    return architecture(platform).svg()


def test_the_same_graph_gives_the_same_bytes(platform: Platform, made: Report, drawn: str) -> None:
    """Nothing random, nothing dated: a drawing can be checked in and compared."""
    assert architecture(platform).svg() == drawn
    assert growth(made.capacities).svg() == growth(made.capacities).svg()


def test_every_subnet_and_group_is_drawn(platform: Platform, drawn: str) -> None:
    """Subnets, security groups, streams and layers of the program all have their place."""
    texts = words(drawn)
    for kind in ("aws:ec2/subnet:Subnet", "aws:kinesis/stream:Stream"):
        for item in platform.of(kind):
            assert item.name in texts
    for group in platform.of("aws:ec2/securityGroup:SecurityGroup"):
        assert group.name.partition("-")[2] in texts
    for layer in platform.layers:
        assert layer in texts


def test_a_renamed_subnet_is_drawn_under_its_name(synthesis: Synthesis) -> None:
    """Names come from the graph: a change of it changes the drawing."""
    before = Platform(synthesis)
    subnet = resource(before, "subnet-data-1")
    renamed = dataclasses.replace(subnet, name="subnet-vault-1")
    program = synthesis.compilation.program
    program = dataclasses.replace(program, resources={**program.resources, subnet.urn: renamed})
    compilation = dataclasses.replace(synthesis.compilation, program=program)
    texts = words(architecture(Platform(dataclasses.replace(synthesis, compilation=compilation))).svg())
    assert "subnet-vault-1" in texts
    assert "subnet-data-1" not in texts


def test_subnets_hold_what_names_them(platform: Platform) -> None:
    """Each zone has a database instance, a cache node and tasks of every service; NAT gateways stand in public."""
    held = {subnet.resource.name: subnet for subnet in subnets(platform)}
    assert held["subnet-public-2"].holds == ("NAT gateway",)
    assert held["subnet-public-2"].way_out == "igw-main"
    assert held["subnet-app-3"].way_out == "nat-egress-3"
    assert {"Load balancer", "Tasks: api", "Tasks: settle"} <= set(held["subnet-app-1"].holds)
    assert {"Cache node", "Database proxy", "File system mount"} <= set(held["subnet-data-3"].holds)
    assert sum(label.startswith("Database, tier") for label in held["subnet-data-1"].holds) == 1
    assert held["subnet-data-1"].way_out == ""


def test_a_moved_instance_is_drawn_where_it_is(synthesis: Synthesis) -> None:
    """An instance stands in the zone that it names."""
    zone_of_two = resource(Platform(synthesis), "aurora-transactions-2").inputs["availabilityZone"]
    platform = changed(synthesis, "aurora-transactions-1", availabilityZone=zone_of_two)
    held = {subnet.resource.name: subnet.holds for subnet in subnets(platform)}
    assert not any(label.startswith("Database, tier") for label in held["subnet-data-1"])
    assert any(label.startswith("2 of: Database, tier") for label in held["subnet-data-2"])


def test_drawings_speak(drawn: str, made: Report) -> None:
    """A screen reader gets a title and a description with the facts that the picture shows."""
    for svg, fact in ((drawn, "authorise"), (growth(made.capacities).svg(), "100 times the volume")):
        root = ET.fromstring(svg)
        assert root.get("role") == "img"
        named = (root.get("aria-labelledby") or "").split()
        assert [element.get("id") for element in root if element.tag in (f"{SVG}title", f"{SVG}desc")] == named
        assert fact in (root.findtext(f"{SVG}desc") or "")


def test_drawings_fit_their_page(drawn: str) -> None:
    """Nothing is drawn outside the drawing, and it is as wide as a README."""
    root = ET.fromstring(drawn)
    width, height = float(root.get("width") or 0), float(root.get("height") or 0)
    assert width == 900
    for box in root.iter(f"{SVG}rect"):
        x, y = float(box.get("x") or 0), float(box.get("y") or 0)
        assert x >= 0
        assert y >= 0
        assert x + float(box.get("width") or 0) <= width
        assert y + float(box.get("height") or 0) <= height


def test_drawings_have_a_dark_form(drawn: str) -> None:
    """One file suits light and dark pages, and paper."""
    assert "prefers-color-scheme:dark" in drawn
    assert "@media print" in drawn


def test_ways_lead_to_the_right() -> None:
    """Whatever leads to a node stands left of it, however long the way."""
    columns = arrange([("a", "b"), ("b", "c"), ("a", "c"), ("x", "c")])
    place = {name: column for way in columns.ways.values() for name, column in (way[0], way[-1])}
    assert place["a"] < place["b"] < place["c"]
    assert place["x"] == place["c"] - 1
    assert columns.ways["a", "c"] == (("a", 0), ("c", 1), ("c", 2))
    assert not columns.is_node(("c", 1))


def test_a_circle_is_drawn_all_the_same() -> None:
    """Two groups that reach each other do not hang the drawing."""
    columns = arrange([("a", "b"), ("b", "a"), ("b", "c")])
    assert set(columns.ways) == {("a", "b"), ("b", "a"), ("b", "c")}


def test_a_logarithmic_scale_keeps_ratios() -> None:
    """Ten times as much is one step further, wherever it is."""
    scale = Scale.over([3, 800], 0, 300)
    assert (scale.low, scale.high) == (0, 3)
    assert scale.at(100) - scale.at(10) == pytest.approx(scale.at(10) - scale.at(1))


def test_ports_are_read_from_the_rules(synthesis: Synthesis) -> None:
    """Another port in a rule is another port in the drawing."""
    platform = changed(synthesis, "sgr-proxy-database-in-5432", fromPort=Literal(6543), toPort=Literal(6543))
    assert "tcp 6543" in words(architecture(platform).svg())


@pytest.mark.parametrize("name", ["architecture.svg", "capacity.svg"])
def test_the_documents_show_the_platform_as_it_is(made: Report, tmp_path: Path, name: str) -> None:
    """The pictures in docs are those of this program; `python -m cloudformation report --pictures` writes them."""
    write_pictures(made, tmp_path)
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == (tmp_path / name).read_text(encoding="utf-8")
