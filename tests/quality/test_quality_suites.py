"""Users' own suites: what they are told where a file is wrong, what stops a night, and what nobody gets to see."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from shop_world import Done, Shop

from recon.config.loading import load as load_config
from recon.errors import ConfigError
from recon.quality import frames, suites
from recon.store.job import Job
from recon.store.run import Run

POINTS = """\
name: loyalty points
sql: |
  SELECT left(canonical_segment_id, 3) AS kind, CAST(value AS INTEGER) AS points, canonical_segment_id AS who
  FROM user_traits
  WHERE name = 'points'
key: kind
expectations:
  - type: expect_column_values_to_be_between
    kwargs: {column: points, min_value: 0, max_value: 100}
  - type: expect_table_row_count_to_be_between
    kwargs: {min_value: 3}
  - type: expect_column_values_to_be_unique
    kwargs: {column: who}
"""
PLAN = """\
name: towns
when: plan
sql: |
  SELECT json_extract_string(after, '$') AS town, count(*) AS people, any_value(braze.home_city) AS held
  FROM corrections
  INNER JOIN braze USING (external_id)
  INNER JOIN desired USING (external_id)
  WHERE field = 'home_city'
  GROUP BY town
key: town
expectations:
  - type: expect_column_values_to_be_between
    kwargs: {column: people, max_value: 2}
  - type: expect_column_values_to_be_in_set
    kwargs: {column: held, value_set: ['"Basel"']}
"""


@pytest.fixture
def watched(shop: Shop) -> Shop:
    """Three people who have moved to Bern, and two suites."""
    for number in range(3):
        shop.add(
            f"p{number}", {"city": "Bern", "points": f"{number}"}, {"loyalty_points": number}, {"home_city": "Basel"}
        )
    shop.config["quality"]["suites"] = ["checks/**/*.yml"]
    suite(shop, "points", POINTS)
    suite(shop, "deep/towns", PLAN)
    shop.write_export()
    shop.write()
    return shop


def suite(shop: Shop, name: str, text: str) -> None:
    path = shop.folder / "checks" / f"{name}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def own(shop: Shop, step: str) -> dict[str, dict[str, Any]]:
    """The gates of suites by what they are called and expect."""
    gates = shop.run_document["steps"][step]["result"]["gates"]
    return {f"{gate['name']} {gate['rule']}": gate for gate in gates if gate["table"].startswith("checks/")}


def test_suites_are_judged_beside_recons_own_gates(watched: Shop) -> None:
    done = watched.recon("run")
    assert done.code == 3
    inputs = own(watched, "gates")
    assert [gate["passed"] for gate in inputs.values()] == [True] * 3
    points = inputs["loyalty points: points expect_column_values_to_be_between"]
    assert (points["table"], points["found"], points["allowed"]) == (
        "checks/points.yml",
        "none of 3 rows",
        "min_value 0, max_value 100",
    )
    towns = own(watched, "plan")
    people, held = towns.values()
    assert (held["passed"], held["allowed"]) == (True, 'value_set ["Basel"]')
    assert people == {
        "name": "towns: people",
        "passed": False,
        "found": "1 of 1 rows",
        "allowed": "max_value 2",
        "table": "checks/deep/towns.yml",
        "rule": "expect_column_values_to_be_between",
        "examples": ["Bern: 3"],
    }
    assert "checks/deep/towns.yml, towns: people: 1 of 1 rows, allowed: max_value 2 (" in done.err
    assert "expect_column_values_to_be_between, Bern: 3)" in done.err
    assert "towns: people" in (watched.run / "report.html").read_text()


def test_a_failed_suite_names_rows_by_their_key_and_shows_no_text(watched: Shop) -> None:
    suite(watched, "deep/towns", PLAN.replace("max_value: 2", "max_value: 3").replace("Basel", "Rome"))
    text = POINTS.replace("max_value: 100", "max_value: 1").replace("min_value: 3", "min_value: 4")
    suite(watched, "points", text.replace("unique", "null"))
    done = watched.recon("run")
    assert done.code == 3
    points, rows, unique = own(watched, "gates").values()
    assert (points["found"], points["examples"]) == ("1 of 3 rows", ["use: 2"])
    assert (rows["name"], rows["found"], rows["examples"]) == ("loyalty points", "3", [])
    assert (unique["found"], unique["examples"]) == ("3 of 3 rows", ["use: a text"] * 3)
    assert watched.mark not in str([points, rows, unique]) + done.err.replace(watched.run.name, "")
    suite(watched, "points", POINTS)
    assert watched.recon("run", "--from", "load", "--quiet").code == 3
    assert list(own(watched, "plan").values())[1]["examples"] == ["Bern: a text"]


def doctor(shop: Shop) -> Done:
    return shop.recon("doctor")


WRONG = {
    POINTS.replace("_between", "_betwen"): (
        "8: expectations[0]: Great Expectations has no expectation expect_column_values_to_be_betwen for a table of "
        "rows; did you mean expect_column_values_to_be_between?"
    ),
    POINTS.replace("max_value: 100", "maximum: 100"): "8: expectations[0]: maximum: extra fields not permitted",
    POINTS.replace("column: points", "column: point"): (
        "9: expectations[0].kwargs: there is no column point; the SQL gives kind, points, who"
    ),
    POINTS.replace("key: kind", "key: sort"): "6: key: there is no column sort; the SQL gives kind, points, who",
    POINTS.replace("WHERE name", "WHERE nam"): '5: sql: DuckDB says: Binder Error: Referenced column "nam" not found',
    POINTS.replace("FROM user_traits", "FROM corrections"): (
        "4: sql: DuckDB says: Catalog Error: Table with name corrections does not exist!"
    ),
    POINTS.replace("SELECT left", "DELETE FROM x; SELECT left"): (
        "2: sql: must be one query that only reads, and nothing else"
    ),
    "name: other\nsql: COPY (SELECT 1) TO 'x'\nexpectations: [{type: expect_column_to_exist, kwargs: {column: x}}]": (
        "2: sql: must be one query that only reads, and nothing else"
    ),
}


def test_a_suite_that_cannot_be_judged_is_told_with_file_and_line(watched: Shop) -> None:
    config = load_config(watched.folder / "recon.yml")
    for text, told in WRONG.items():
        suite(watched, "points", text)
        [(_, look)] = suites.looks(config)
        with pytest.raises(ConfigError) as raised:
            look()
        assert raised.value.what.startswith(f"checks/points.yml:{told}")


def test_the_suites_on_the_page_can_be_judged_and_its_views_are_all_there_are(watched: Shop) -> None:
    page = (Path(__file__).parents[2] / "docs" / "quality.md").read_text()
    shown = [text for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "\nsql: " in text]
    assert len(shown) == 2
    for name, text in zip(("points", "deep/towns"), shown, strict=True):
        suite(watched, name, text)
    config = load_config(watched.folder / "recon.yml")
    [(_, look)] = suites.looks(config)
    assert look() == "2 can be judged"
    with frames.empty(config, "plan") as con:
        views = {
            row[0]: {each[0] for each in con.execute(f"describe {row[0]}").fetchall()}
            for row in con.execute("select view_name from duckdb_views() where not internal").fetchall()
        }
    described = re.findall(r"^\| (`\w+`[^|]*)\|[^|]*\| ([^|]*) \|$", page, re.MULTILINE)
    listed = {name: cells for names, cells in described for name in re.findall(r"`(\w+)`", names)}
    assert views.keys() == listed.keys()
    for name in ("user_traits", "user_identifiers", "profile_merges", "suppression"):
        assert views[name] == set(re.findall(r"\w+", listed[name]))


def test_every_command_refuses_a_file_that_is_no_suite(watched: Shop) -> None:
    suite(watched, "points", POINTS.replace("name: loyalty points", "nam: loyalty points\nwhen: never"))
    suite(watched, "deep/towns", "name: [")
    done = watched.recon("run")
    assert done.code == 2
    assert "checks/points.yml:1: nam: is no key of recon; did you mean name?" in done.err
    assert "checks/points.yml:2: when: must be inputs or plan" in done.err
    assert "checks/deep/towns.yml:1: cannot be read: " in done.err
    watched.configure(lambda config: config["quality"].update(suites=["gates/*.yml"]))
    assert "quality.suites[0]: no file matches gates/*.yml" in watched.recon("status").err


def test_the_doctor_looks_at_suites_and_asks_great_expectations_only_then(watched: Shop) -> None:
    assert "quality.suites: 2 can be judged" in doctor(watched).out
    suite(watched, "points", POINTS.replace("column: points", "column: point"))
    done = doctor(watched)
    assert (done.code, "checks/points.yml:9" in done.out) == (2, True)


def test_what_only_a_run_can_tell_is_a_fault_of_the_suite(watched: Shop) -> None:
    between = "type: expect_column_values_to_be_between, kwargs: {column: points, max_value: 5}"
    queries = {
        "SELECT CAST(value AS INTEGER) AS points FROM user_traits": "Conversion Error: Could not convert string a",
        "SELECT n AS points FROM range(10001) AS many (n)": "gives more than 10,000 rows",
        "SELECT content AS points FROM read_text('/etc/hostname')": "Permission Error: ",
        "SELECT 'high' AS points": "expectations[0]: cannot be judged: ",
    }
    job = None
    for sql, told in queries.items():
        suite(watched, "points", f"name: points\nsql: {sql}\nexpectations: [{{{between}}}]\n")
        if job is None:
            done = watched.recon("run")
            assert (done.code, watched.run_document["exit_code"]) == (2, 2)
            assert (told in done.err, "Bern" in done.err) == (True, False)
            job = Job(load_config(watched.folder / "recon.yml"), Run(watched.run))
        with pytest.raises(ConfigError, match=re.escape(told)):
            suites.gates(job, "inputs")
    sql = "SELECT n AS points FROM range(10000) AS many (n)"
    suite(watched, "points", f"name: points\nsql: {sql}\nexpectations: [{{{between}}}]\n")
    assert job is not None
    assert suites.gates(job, "inputs")[0]["found"] == "9,994 of 10,000 rows"
