"""The one table of routes: handlers, rights and the OpenAPI document all come from it."""

from integrations.http_api import (
    agent_routes,
    campaign_routes,
    compliance_routes,
    lead_routes,
    person_routes,
    seeing_routes,
    switch_routes,
)
from integrations.http_api.rights import Right
from integrations.http_api.routing import Route

ROUTES = (
    Route("GET", "/healthz", None, seeing_routes.is_alive),
    Route("GET", "/readyz", None, seeing_routes.is_ready),
    Route("GET", "/v1/campaigns", Right.SEE_CAMPAIGNS, campaign_routes.list_campaigns),
    Route("POST", "/v1/campaigns", Right.RUN_CAMPAIGNS, campaign_routes.create_campaign, 201, conflicts=True),
    Route("GET", "/v1/campaigns/{campaign}", Right.SEE_CAMPAIGNS, campaign_routes.get_campaign),
    Route("PATCH", "/v1/campaigns/{campaign}", Right.RUN_CAMPAIGNS, campaign_routes.tune_campaign, conflicts=True),
    Route(
        "POST", "/v1/campaigns/{campaign}/start", Right.RUN_CAMPAIGNS, campaign_routes.start_campaign, conflicts=True
    ),
    Route(
        "POST", "/v1/campaigns/{campaign}/pause", Right.RUN_CAMPAIGNS, campaign_routes.pause_campaign, conflicts=True
    ),
    Route("POST", "/v1/campaigns/{campaign}/stop", Right.RUN_CAMPAIGNS, campaign_routes.stop_campaign, conflicts=True),
    Route("GET", "/v1/leads", Right.LEADS, lead_routes.list_leads),
    Route("POST", "/v1/leads", Right.LEADS, lead_routes.add_lead, 201, conflicts=True),
    Route("GET", "/v1/leads/counts", Right.LEADS, lead_routes.count_leads),
    Route("GET", "/v1/agents", Right.SEE_AGENTS, agent_routes.list_agents),
    Route("PUT", "/v1/agents/{agent}", Right.ENROLL, agent_routes.enroll_agent),
    Route("POST", "/v1/agents/{agent}/login", Right.WORK, agent_routes.log_in, conflicts=True),
    Route("POST", "/v1/agents/{agent}/logout", Right.WORK, agent_routes.log_out, conflicts=True),
    Route("POST", "/v1/agents/{agent}/ready", Right.WORK, agent_routes.ready, conflicts=True),
    Route("POST", "/v1/agents/{agent}/pause", Right.WORK, agent_routes.pause, conflicts=True),
    Route("POST", "/v1/agents/{agent}/dispose", Right.WORK, agent_routes.dispose, conflicts=True),
    Route("POST", "/v1/agents/{agent}/hangup", Right.WORK, agent_routes.hang_up, conflicts=True),
    Route("POST", "/v1/agents/{agent}/preview/accept", Right.WORK, agent_routes.accept_preview, conflicts=True),
    Route("POST", "/v1/agents/{agent}/preview/skip", Right.WORK, agent_routes.skip_preview, conflicts=True),
    Route("GET", "/v1/attempts", Right.SEE_ATTEMPTS, seeing_routes.list_attempts),
    Route("GET", "/v1/attempts/{attempt}", Right.SEE_ATTEMPTS, seeing_routes.get_attempt),
    Route("POST", "/v1/dnc", Right.DNC, lead_routes.add_dnc),
    Route("POST", "/v1/dnc/remove", Right.DNC, lead_routes.remove_dnc),
    Route("POST", "/v1/dnc/check", Right.DNC, lead_routes.check_dnc),
    Route("POST", "/v1/consents", Right.NOTE_CONSENT, person_routes.note_consent, 201, conflicts=True),
    Route("POST", "/v1/consents/list", Right.SEE_CONSENT, person_routes.list_consents),
    Route("POST", "/v1/contacts/export", Right.PERSONAL_DATA, person_routes.export_person),
    Route("POST", "/v1/contacts/plan-erasure", Right.PERSONAL_DATA, person_routes.plan_erasure, conflicts=True),
    Route("POST", "/v1/contacts/erase", Right.PERSONAL_DATA, person_routes.erase_person, conflicts=True),
    Route("GET", "/v1/abandonment", Right.SEE_ABANDONMENT, compliance_routes.see_abandonment),
    Route("GET", "/v1/compliance", Right.SEE_RULES, compliance_routes.see_rules),
    Route("POST", "/v1/compliance/reload", Right.RELOAD_RULES, compliance_routes.reload_rules),
    Route("GET", "/v1/call-backs", Right.SEE_CALL_BACKS, seeing_routes.list_call_backs),
    Route("DELETE", "/v1/call-backs/{attempt}", Right.CANCEL_CALL_BACKS, seeing_routes.cancel_call_back),
    Route("GET", "/v1/servers", Right.SEE_FLOOR, seeing_routes.list_servers),
    Route("GET", "/v1/floor", Right.SEE_FLOOR, seeing_routes.see_floor),
    Route("GET", "/v1/switches", Right.SEE_SWITCHES, switch_routes.list_switches),
    Route("GET", "/v1/switches/{group}", Right.SEE_SWITCHES, switch_routes.get_switch),
    Route("GET", "/v1/switches/{group}/changes", Right.SEE_SWITCHES, switch_routes.list_changes_of_switch),
    Route("GET", "/v1/switches/{group}/orders", Right.SEE_SWITCHES, switch_routes.list_orders_to_switch),
    Route("GET", "/v1/switches/{group}/outreach", Right.SEE_SWITCHES, switch_routes.see_outreach),
    Route("POST", "/v1/switches/{group}/close", Right.MOVE_SWITCHES, switch_routes.close_switch, conflicts=True),
    Route("POST", "/v1/switches/{group}/open", Right.MOVE_SWITCHES, switch_routes.open_switch, conflicts=True),
    Route("GET", "/v1/switch-changes", Right.SEE_SWITCHES, switch_routes.list_changes),
    Route("GET", "/v1/switch-orders", Right.SEE_SWITCHES, switch_routes.list_orders),
)
