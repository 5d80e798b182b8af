"""Every module that owns a table, imported so that both metadata are complete.

For migrations and for tests; the processes import what they need by themselves.
"""

from bots import dialogues
from channels import (
    archive,
    broadcasts,
    contacts,
    inbox,
    ledger,
    lines,
    optout,
    rehearsal,
    tallies,
    unreachable,
    windows,
)
from console import attempts, once, sessions
from forum import attachments, audit, bodies, invites, key_shares, members, policies, superiors
from grievances import (
    almanac,
    bells,
    case,
    codes,
    correspondence,
    deadlines,
    entries,
    escalation,
    exclusions,
    followups,
    lanes,
    parties,
    reckonings,
    referrals,
    releases,
    routing,
    routing_rules,
)
from outreach import subscribers, voices
from storage import heartbeats, leases

OWNERS = (
    almanac,
    archive,
    attachments,
    attempts,
    audit,
    bells,
    bodies,
    broadcasts,
    case,
    codes,
    contacts,
    correspondence,
    deadlines,
    dialogues,
    entries,
    escalation,
    exclusions,
    followups,
    heartbeats,
    inbox,
    invites,
    key_shares,
    lanes,
    leases,
    ledger,
    lines,
    members,
    once,
    optout,
    parties,
    policies,
    reckonings,
    referrals,
    rehearsal,
    releases,
    routing,
    routing_rules,
    sessions,
    subscribers,
    superiors,
    tallies,
    unreachable,
    voices,
    windows,
)
