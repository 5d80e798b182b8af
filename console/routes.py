"""Every page of the console: one line each, with who may pass."""

from collections.abc import AsyncIterator
from typing import Final

from aiohttp import web

from console import assets, hashing, opening
from console.doors import Door, Passes, behind, unknown_pages
from console.pages import (
    account,
    actions,
    answers,
    appeal,
    attachments,
    audiences,
    audit,
    board,
    bodies,
    calendar,
    case,
    channels,
    dead_letters,
    deliveries,
    due,
    escalation,
    exclusions,
    explanations,
    extending,
    filing,
    floors,
    imports,
    keys,
    linking,
    members,
    merging,
    moving,
    panel,
    posters,
    proposal,
    queue,
    recovery,
    referrals,
    routing,
    rule_facts,
    rule_words,
    rules,
    search,
    sign_in,
    simulator,
    sites,
    statistics,
    subscribers,
    taxonomy,
    triage,
    views,
    voices,
    welcome,
    workload,
)
from console.services import SERVICES, Services
from forum.members import Right
from outreach.spreadsheets import LARGEST

#: One case. Whoever may not see it is told that there is none: the same words for all.
ONE: Final = "/cases/{reference}"

#: Something that its remedy needs.
ACTION: Final = f"{ONE}/actions/{{action}}"

#: What came with it, and what came with a story.
FILE: Final = f"{ONE}/attachments/{{attachment}}"
TOLD: Final = "/voices/{voice}/attachments/{attachment}"

#: A rule change. Who works on cases reads it; an official writes it.
RULE: Final = "/rules/{rule}"
#: A list of subscribers that somebody brings, and who keeps or plans by sites.
LIST: Final = "/subscribers/import/{import}"
PLANNERS: Final = frozenset({Right.MANAGE_MEMBERS, Right.BROADCAST})

DOORS: Final = (
    Door("GET", "/", sign_in.home, Passes.ANYONE),
    Door("GET", "/sign-in", sign_in.show, Passes.ANYONE),
    Door("POST", "/sign-in", sign_in.sign_in, Passes.ANYONE),
    Door("POST", "/sign-out", sign_in.sign_out, Passes.MEMBERS),
    Door("POST", "/language", sign_in.switch_language, Passes.ANYONE),
    Door("GET", "/welcome/{token}", welcome.show, Passes.ANYONE),
    Door("POST", "/welcome/{token}", welcome.join, Passes.ANYONE),
    Door("GET", "/recovery", recovery.show, Passes.ANYONE),
    Door("POST", "/recovery", recovery.set_password, Passes.ANYONE),
    Door("POST", "/here", sign_in.here, Passes.MEMBERS),
    Door("GET", "/account", account.show, Passes.MEMBERS),
    Door("POST", "/account/password", account.change_password, Passes.MEMBERS),
    Door("POST", "/account/shortcuts", account.switch_shortcuts, Passes.CASEWORKERS),
    Door("POST", "/account/digest", account.change_digest, Passes.MEMBERS),
    Door("GET", "/cases", queue.show, Passes.CASEWORKERS),
    Door("GET", "/board", board.show, Passes.CASEWORKERS),
    Door("GET", "/due", due.show, Passes.CASEWORKERS),
    Door("GET", "/workload", workload.show, Right.TRIAGE),
    Door("GET", "/views", views.show, Passes.CASEWORKERS),
    Door("POST", "/views", views.keep, Passes.CASEWORKERS),
    Door("POST", "/views/{view}/rename", views.rename, Passes.CASEWORKERS),
    Door("POST", "/views/{view}/delete", views.forget, Passes.CASEWORKERS),
    Door("GET", ONE, case.show, Passes.CASEWORKERS, hidden=True),
    Door("POST", f"{ONE}/answer", case.answer, Passes.CASEWORKERS, hidden=True),
    Door("POST", f"{ONE}/note", case.note, Passes.CASEWORKERS, hidden=True),
    Door("POST", f"{ONE}/extend", extending.extend, Passes.CASEWORKERS, hidden=True),
    Door("POST", f"{ONE}/links", linking.relate, Passes.CASEWORKERS, hidden=True),
    Door("POST", f"{ONE}/links/{{link}}/undo", linking.undo, Passes.CASEWORKERS, hidden=True),
    Door("GET", f"{ONE}/merge", merging.ask, Right.TRIAGE, hidden=True),
    Door("POST", f"{ONE}/merge", merging.merge, Right.TRIAGE, hidden=True),
    Door("POST", f"{ONE}/unmerge", merging.unmerge, Right.TRIAGE, hidden=True),
    Door("POST", f"{ONE}/facts", triage.judge, Right.TRIAGE, hidden=True),
    Door("POST", f"{ONE}/floor", floors.decide, Right.TRIAGE, hidden=True),
    Door("POST", f"{ONE}/assign", triage.assign, Right.TRIAGE, hidden=True),
    Door("GET", f"{ONE}/aside", exclusions.ask, Passes.CASEWORKERS, hidden=True),
    Door("POST", f"{ONE}/aside", exclusions.step_aside, Passes.CASEWORKERS, hidden=True),
    Door("POST", f"{ONE}/bar", exclusions.bar, Right.EXCLUDE, hidden=True),
    Door("POST", f"{ONE}/admit", exclusions.admit, Right.EXCLUDE, hidden=True),
    Door("GET", f"{ONE}/move/{{state}}", moving.ask, Passes.CASEWORKERS, hidden=True),
    Door("POST", f"{ONE}/move/{{state}}", moving.move, Passes.CASEWORKERS, hidden=True),
    Door("POST", f"{ONE}/referrals/{{referral}}", referrals.change, Right.TRIAGE, hidden=True),
    Door("POST", f"{ONE}/word", proposal.note, Passes.CASEWORKERS, hidden=True),
    Door("POST", f"{ONE}/verdict", appeal.decide, Passes.CASEWORKERS, hidden=True),
    Door("GET", "/actions", actions.show, Passes.CASEWORKERS),
    Door("POST", f"{ONE}/actions", actions.add, Passes.CASEWORKERS, hidden=True),
    Door("GET", ACTION, actions.open_one, Passes.CASEWORKERS, hidden=True),
    Door("POST", ACTION, actions.amend, Passes.CASEWORKERS, hidden=True),
    Door("POST", f"{ACTION}/done", actions.finish, Passes.CASEWORKERS, hidden=True),
    Door("POST", f"{ACTION}/drop", actions.drop, Passes.CASEWORKERS, hidden=True),
    Door("POST", f"{ACTION}/back", actions.put_back, Passes.CASEWORKERS, hidden=True),
    Door("GET", FILE, attachments.of_case, Passes.CASEWORKERS, hidden=True),
    Door("GET", f"{FILE}/as-it-came", attachments.ask_of_case, Right.TRIAGE, hidden=True),
    Door("POST", f"{FILE}/as-it-came", attachments.save_of_case, Right.TRIAGE, hidden=True),
    Door("GET", "/search", search.show, Passes.CASEWORKERS),
    Door("POST", "/search", search.find, Passes.CASEWORKERS),
    Door("GET", "/rules", rules.show, Right.READ_RULES),
    Door("GET", "/rules/new", rule_facts.show_new, Right.BROADCAST),
    Door("POST", "/rules/new", rule_facts.add, Right.BROADCAST),
    Door("POST", "/rules/cost", rule_words.count, Right.BROADCAST),
    Door("GET", RULE, rules.show_one, Right.READ_RULES),
    Door("GET", f"{RULE}/edit", rule_facts.show, Right.BROADCAST),
    Door("POST", f"{RULE}/edit", rule_facts.change, Right.BROADCAST),
    Door("GET", f"{RULE}/words/{{language}}", rule_words.show, Right.BROADCAST),
    Door("POST", f"{RULE}/words/{{language}}", rule_words.write, Right.BROADCAST),
    Door("GET", f"{RULE}/publish", rules.ask_publish, Right.BROADCAST),
    Door("POST", f"{RULE}/publish", rules.publish, Right.BROADCAST),
    Door("GET", f"{RULE}/withdraw", rules.ask_withdraw, Right.BROADCAST),
    Door("POST", f"{RULE}/withdraw", rules.withdraw, Right.BROADCAST),
    Door("POST", f"{RULE}/restore", rules.restore, Right.BROADCAST),
    Door("GET", "/voices", voices.show, Right.TRIAGE),
    Door("GET", TOLD, attachments.of_voice, Right.TRIAGE, hidden=True),
    Door("GET", f"{TOLD}/as-it-came", attachments.ask_of_voice, Right.TRIAGE, hidden=True),
    Door("POST", f"{TOLD}/as-it-came", attachments.save_of_voice, Right.TRIAGE, hidden=True),
    Door("GET", "/referrals", referrals.show, Right.TRIAGE),
    Door("GET", "/explanations", explanations.show, Right.AUDIT),
    Door("GET", "/file", filing.show, Right.FILE),
    Door("POST", "/file", filing.file, Right.FILE),
    Door("GET", "/answers", answers.show, Right.TRIAGE),
    Door("POST", "/answers", answers.add, Right.TRIAGE),
    Door("GET", "/answers/new", answers.new, Right.TRIAGE),
    Door("GET", "/answers/{answer}", answers.edit, Right.TRIAGE),
    Door("POST", "/answers/{answer}", answers.change, Right.TRIAGE),
    Door("POST", "/answers/{answer}/remove", answers.remove, Right.REMOVE_ANSWERS),
    Door("POST", "/answers/{answer}/back", answers.back, Right.TRIAGE),
    Door("GET", "/statistics", statistics.show, Right.TRIAGE),
    Door("GET", "/statistics.csv", statistics.as_csv, Right.TRIAGE),
    Door("GET", "/statistics.xlsx", statistics.as_xlsx, Right.TRIAGE),
    Door("GET", "/subscribers", subscribers.show, Right.BROADCAST),
    Door("POST", "/subscribers", subscribers.register, Right.BROADCAST),
    Door("POST", "/subscribers/erase", subscribers.erase, Right.BROADCAST),
    Door("GET", "/subscribers.csv", subscribers.as_csv, Right.BROADCAST),
    Door("GET", "/subscribers.xlsx", subscribers.as_xlsx, Right.BROADCAST),
    Door("GET", "/subscribers/import", imports.show, Right.BROADCAST),
    Door("POST", "/subscribers/import", imports.bring, Right.BROADCAST, largest=LARGEST),
    Door("GET", LIST, imports.show_one, Right.BROADCAST),
    Door("GET", f"{LIST}/report.csv", imports.as_csv, Right.BROADCAST),
    Door("POST", f"{LIST}/apply", imports.put_on, Right.BROADCAST),
    Door("POST", f"{LIST}/undo", imports.take_back, Right.BROADCAST),
    Door("POST", f"{LIST}/drop", imports.drop, Right.BROADCAST),
    Door("GET", "/audiences", audiences.show, Right.BROADCAST),
    Door("POST", "/audiences", audiences.keep, Right.BROADCAST),
    Door("GET", "/audiences/new", audiences.build, Right.BROADCAST),
    Door("GET", "/audiences/count", audiences.counted, Right.BROADCAST),
    Door("GET", "/audiences/{audience}", audiences.open_one, Right.BROADCAST),
    Door("POST", "/audiences/{audience}", audiences.change, Right.BROADCAST),
    Door("POST", "/audiences/{audience}/rename", audiences.rename, Right.BROADCAST),
    Door("POST", "/audiences/{audience}/delete", audiences.forget, Right.BROADCAST),
    Door("GET", "/sites", sites.show, PLANNERS),
    Door("POST", "/sites", sites.add, Right.MANAGE_MEMBERS),
    Door("GET", "/sites/{site}", sites.edit, Right.MANAGE_MEMBERS),
    Door("POST", "/sites/{site}", sites.change, Right.MANAGE_MEMBERS),
    Door("GET", "/sites/{site}/poster", posters.show, PLANNERS),
    Door("GET", "/sites/{site}/poster.pdf", posters.as_pdf, PLANNERS),
    Door("GET", "/sites/{site}/poster.png", posters.as_png, PLANNERS),
    Door("GET", "/members", members.show, Right.MANAGE_MEMBERS),
    Door("POST", "/members", members.invite, Right.MANAGE_MEMBERS),
    Door("POST", "/members/{member}/role", members.change_role, Right.MANAGE_MEMBERS),
    Door("POST", "/members/{member}/body", members.change_body, Right.MANAGE_MEMBERS),
    Door("POST", "/members/{member}/superior", members.change_superior, Right.MANAGE_MEMBERS),
    Door("POST", "/members/superiors", members.keep_superiors_out, Right.MANAGE_MEMBERS),
    Door("GET", "/members/{member}/remove", members.confirm_removal, Right.MANAGE_MEMBERS),
    Door("POST", "/members/{member}/remove", members.remove, Right.MANAGE_MEMBERS),
    Door("GET", "/bodies", bodies.show, Right.MANAGE_MEMBERS),
    Door("POST", "/bodies", bodies.add, Right.MANAGE_MEMBERS),
    Door("POST", "/bodies/{body}", bodies.change, Right.MANAGE_MEMBERS),
    Door("POST", "/bodies/{body}/seats", bodies.add_seat, Right.MANAGE_MEMBERS),
    Door("POST", "/seats/{seat}", bodies.rename_seat, Right.MANAGE_MEMBERS),
    Door("POST", "/seats/{seat}/sit", bodies.sit, Right.MANAGE_MEMBERS),
    Door("POST", "/seats/{seat}/stand", bodies.stand, Right.MANAGE_MEMBERS),
    Door("GET", "/routing", routing.show, Right.MANAGE_MEMBERS),
    Door("POST", "/routing", routing.add, Right.MANAGE_MEMBERS),
    Door("POST", "/routing/{rule}/first", routing.put_first, Right.MANAGE_MEMBERS),
    Door("POST", "/routing/{rule}/remove", routing.remove, Right.MANAGE_MEMBERS),
    Door("POST", "/lane", routing.name_focal_point, Right.MANAGE_MEMBERS),
    Door("POST", "/lane/remove", routing.unname_focal_point, Right.MANAGE_MEMBERS),
    Door("GET", "/calendar", calendar.show, Right.MANAGE_MEMBERS),
    Door("POST", "/calendar", calendar.change_week, Right.MANAGE_MEMBERS),
    Door("POST", "/calendar/holidays", calendar.add, Right.MANAGE_MEMBERS),
    Door("POST", "/calendar/holidays/{day}/remove", calendar.remove, Right.MANAGE_MEMBERS),
    Door("GET", "/taxonomy", taxonomy.show, Right.MANAGE_MEMBERS),
    Door("GET", "/taxonomy/new", taxonomy.show_new, Right.MANAGE_MEMBERS),
    Door("POST", "/taxonomy/new", taxonomy.add, Right.MANAGE_MEMBERS),
    Door("GET", "/taxonomy/groups/{group}", taxonomy.show_group, Right.MANAGE_MEMBERS),
    Door("POST", "/taxonomy/groups/{group}", taxonomy.name_group, Right.MANAGE_MEMBERS),
    Door("GET", "/taxonomy/{category}", taxonomy.show_one, Right.MANAGE_MEMBERS),
    Door("POST", "/taxonomy/{category}", taxonomy.change, Right.MANAGE_MEMBERS),
    Door("POST", "/taxonomy/{category}/retire", taxonomy.retire, Right.MANAGE_MEMBERS),
    Door("POST", "/taxonomy/{category}/back", taxonomy.bring_back, Right.MANAGE_MEMBERS),
    Door("GET", "/escalation", escalation.show, Right.MANAGE_MEMBERS),
    Door("POST", "/escalation/{level}", escalation.name, Right.MANAGE_MEMBERS),
    Door("POST", "/escalation/{level}/remove", escalation.unname, Right.MANAGE_MEMBERS),
    Door("POST", "/panel", panel.name, Right.MANAGE_MEMBERS),
    Door("POST", "/panel/remove", panel.unname, Right.MANAGE_MEMBERS),
    Door("GET", "/keys", keys.show, Right.TRIAGE),
    Door("POST", "/keys", keys.recover, Right.TRIAGE),
    Door("POST", "/keys/{member}", keys.grant, Right.TRIAGE),
    Door("GET", "/audit", audit.show, Right.AUDIT, hidden=True),
    Door("GET", "/channels", channels.show, Right.WATCH_DELIVERY),
    Door("GET", "/channels/{line}/pause", channels.ask, Right.STEER_DELIVERY),
    Door("POST", "/channels/{line}/pause", channels.pause, Right.STEER_DELIVERY),
    Door("POST", "/channels/{line}/resume", channels.resume, Right.STEER_DELIVERY),
    Door("GET", "/deliveries", deliveries.show, Right.WATCH_DELIVERY),
    Door("POST", "/deliveries", deliveries.find, Right.WATCH_DELIVERY),
    Door("GET", "/deliveries/{broadcast}", deliveries.of_broadcast, Right.WATCH_DELIVERY),
    Door("GET", "/dead-letters", dead_letters.show, Right.WATCH_DELIVERY),
    Door("GET", "/dead-letters/all", dead_letters.ask_all, Right.STEER_DELIVERY),
    Door("POST", "/dead-letters/all", dead_letters.all_again, Right.STEER_DELIVERY),
    Door("POST", "/dead-letters/back", dead_letters.put_back, Right.WATCH_DELIVERY),
    Door("POST", "/dead-letters/{letter}/again", dead_letters.again, Right.WATCH_DELIVERY),
)

#: Only where the rehearsal phones are switched on.
REHEARSAL: Final = (
    Door("GET", "/simulator", simulator.show, Passes.MEMBERS),
    Door("GET", "/simulator/screen", simulator.screen, Passes.MEMBERS),
    Door("POST", "/simulator", simulator.say, Passes.MEMBERS),
    Door("POST", "/simulator/wipe", simulator.wipe, Passes.MEMBERS),
)


def attach(app: web.Application, services: Services) -> None:
    """Hang the console's pages into *app*."""
    app[SERVICES] = services
    app.cleanup_ctx.append(_pool)
    app.middlewares.append(unknown_pages)
    app.router.add_get("/static/{name}", assets.serve)
    for door in (*DOORS, *(REHEARSAL if services.simulator else ())):
        app.router.add_route(door.method, door.path, behind(door))


async def _pool(app: web.Application) -> AsyncIterator[None]:
    pools = {hashing.POOL: hashing.new_pool(), opening.POOL: opening.new_pool()}
    for key, pool in pools.items():
        app[key] = pool
    yield
    for pool in pools.values():
        pool.shutdown(wait=False, cancel_futures=True)
