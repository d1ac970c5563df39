"""The rules in force, and what the law counts."""

from compliance.abandonment import AbandonmentWindow
from integrations.http_api.answers import Abandonment, AbandonmentAnswer, RuleChange, RulesAnswer, RulesReloaded
from integrations.http_api.office import Office
from integrations.http_api.requests import AbandonmentQuery
from integrations.http_api.rights import Caller


async def see_abandonment(office: Office, query: AbandonmentQuery) -> Abandonment:
    """Live answers and abandoned calls, by campaign and legal window."""
    found = await office.desk.abandonment(query.campaign)
    return Abandonment(items=[_window(campaign, window) for campaign, window in found])


async def see_rules(office: Office) -> RulesAnswer:
    """By which rules verdicts are given now."""
    rules = office.desk.rules.in_force
    count = sum(len(held) for book in (rules.jurisdictions, rules.abandonment) for held in book.values())
    return RulesAnswer(rule_files=rules.digest, jurisdictions=len(rules.jurisdictions), rules=count)


async def reload_rules(office: Office, caller: Caller) -> RulesReloaded:
    """Read all rule files anew, and go by them from the next verdict on; with any fault nothing changes."""
    reload = await office.desk.rules.reload(caller.name)
    return RulesReloaded(
        changed=reload.changed,
        rule_files=reload.after,
        rule_files_before=reload.before,
        items=[RuleChange.model_validate(row) for row in reload.rows],
    )


def _window(campaign: str, window: AbandonmentWindow) -> AbandonmentAnswer:
    return AbandonmentAnswer(
        campaign=campaign,
        rule=window.rule.name,
        unverified=window.rule.unverified,
        window=window.rule.window,
        live_answers=window.live_answers,
        abandoned=window.abandoned,
        ratio=window.ratio,
        cap_ratio=window.cap_ratio,
        minimum_answers=window.minimum_answers,
        exceeded=window.exceeded,
        opens_at=window.opens_at,
        ends_at=window.ends_at,
    )
