"""Who is alike, and who suits what is asked."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from cti_router.core.configuration import Advisor, AdvisorId, Requirement, Selection, SiteId, SkillId
from cti_router.core.matching.columns import numbers_in
from cti_router.core.matching.kinds import Kind, Kinds
from cti_router.core.plans.plan import Alternative, DemandClass
from tests.core.board import CONFIGURATION

SITES, SKILLS = ("caen", "dieppe", "rouen"), ("employers", "health", "household")


def test_competence_is_the_sum_of_the_levels_asked_for() -> None:
    rose = Kind.of(Advisor("rose", "Rose", "rouen", "201", {"employers": 5, "health": 2}))
    rouen, employers, health = frozenset(("rouen",)), Requirement("employers", 3), Requirement("health", 2)
    assert rose.competence(Alternative(rouen, (employers, health))) == 7
    assert rose.competence(Alternative(rouen, (employers,))) == 5
    assert rose.competence(Alternative(rouen, ())) == 0
    assert rose.competence(Alternative(rouen, (Requirement("health", 3),))) is None
    assert rose.competence(Alternative(rouen, (Requirement("household", 1),))) is None
    assert rose.competence(Alternative(frozenset(("caen",)), (employers,))) is None


def test_advisors_of_one_site_with_the_same_skills_are_of_one_kind() -> None:
    advisors = [
        Advisor("a", "A", "rouen", "1", {"employers": 3, "health": 1}),
        Advisor("b", "B", "rouen", "2", {"health": 1, "employers": 3}),
        Advisor("c", "C", "caen", "3", {"employers": 3, "health": 1}),
        Advisor("d", "D", "rouen", "4", {"employers": 3}),
    ]
    assert Kinds(advisors).number_of == {"a": 0, "b": 0, "c": 1, "d": 2}


def test_of_a_configuration_what_its_plans_need() -> None:
    assert Kinds.of(CONFIGURATION).selections == (Selection.MOST_COMPETENT,)


PEOPLE = st.lists(
    st.tuples(st.sampled_from(SITES), st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 3))),
    min_size=1, max_size=12,
)  # fmt: skip
"""Where each works and what he knows. Few sites, skills and levels: so that they meet."""

NEEDS = st.lists(st.builds(Requirement, st.sampled_from(SKILLS), st.integers(1, 3)), max_size=2).map(tuple)
DEMANDS: st.SearchStrategy[DemandClass] = st.lists(
    st.builds(Alternative, st.frozensets(st.sampled_from(SITES), min_size=1), NEEDS), min_size=1, max_size=3
).map(tuple)


def advisors(people: Sequence[tuple[SiteId, dict[SkillId, int]]]) -> dict[AdvisorId, Advisor]:
    return {f"a{n:02}": Advisor(f"a{n:02}", "", site, "", has) for n, (site, has) in enumerate(people)}


@given(PEOPLE, DEMANDS)
def test_sets_of_kinds_say_what_each_kind_says_of_itself(
    people: list[tuple[SiteId, dict[SkillId, int]]], demand: DemandClass
) -> None:
    kinds = Kinds(advisors(people).values())
    ranks: dict[tuple[int, int], set[Kind]] = {}
    for kind in kinds.all:
        for step, alternative in enumerate(demand):
            if (competence := kind.competence(alternative)) is not None:
                ranks.setdefault((step, -competence), set()).add(kind)
                break
    tiers = kinds.tiers(demand)
    assert [(tier.step, -tier.competence) for tier in tiers] == sorted(ranks)
    assert all(set(tier.kinds) == ranks[tier.step, -tier.competence] for tier in tiers)
    eligible = {kinds.all[number] for number in numbers_in(kinds.eligible(demand).kinds)}
    assert eligible == {kind for rank in ranks.values() for kind in rank}
