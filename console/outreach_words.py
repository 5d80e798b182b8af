"""What staff read for what subscribers and sites are like, and for what becomes of a list."""

from collections.abc import Mapping
from typing import Final

from locales import N_
from outreach.import_columns import Why
from outreach.imports import State, Verdict

ROLES: Final[Mapping[str, str]] = {
    "digger": N_("Digger"),
    "washer": N_("Washer or panner"),
    "hauler": N_("Hauler"),
    "processor": N_("Crusher or processor"),
    "service": N_("Cook or service"),
    "leader": N_("Pit or gang leader"),
    "owner": N_("Land owner"),
    "buyer": N_("Buyer"),
    "licence": N_("Licence holder"),
    "community": N_("Community member"),
    "other": N_("Other"),
}

GENDERS: Final[Mapping[str, str]] = {"woman": N_("Woman"), "man": N_("Man")}

FORMALITIES: Final[Mapping[str, str]] = {
    "formal": N_("Registered"),
    "in_process": N_("Registration under way"),
    "informal": N_("Not registered"),
    "unsaid": N_("Did not want to say"),
}

PHASES: Final[Mapping[str, str]] = {
    "exploration": N_("Exploration"),
    "extraction": N_("Extraction"),
    "processing": N_("Processing"),
    "transport": N_("Transport"),
    "trade": N_("Trade"),
    "support": N_("Services around it"),
}

METHODS: Final[Mapping[str, str]] = {
    "panning": N_("Panning"),
    "pit": N_("Open pit"),
    "shaft": N_("Shaft or tunnel"),
    "dredge": N_("Dredge"),
    "quarry": N_("Quarry"),
    "tailings": N_("Reworking of tailings"),
}

DEPOSITS: Final[Mapping[str, str]] = {
    "alluvial": N_("Alluvial"),
    "eluvial": N_("Eluvial"),
    "hard_rock": N_("Hard rock"),
    "dump": N_("Old dump"),
}

SCALES: Final[Mapping[str, str]] = {
    "artisanal": N_("By hand"),
    "mechanised": N_("With some machines"),
    "small": N_("Small company"),
}

HEARD: Final[Mapping[str, str]] = {
    "week": N_("Within 7 days"),
    "month": N_("Within 30 days"),
    "quarter": N_("Within 90 days"),
    "silent": N_("More than 90 days ago"),
    "never": N_("Not yet"),
}

#: What an audience is chosen by, in the order of the form.
CRITERIA: Final[Mapping[str, str]] = {
    "sites": N_("Site"),
    "districts": N_("District"),
    "minerals": N_("Mineral"),
    "methods": N_("Method"),
    "deposits": N_("Deposit"),
    "scales": N_("Scale"),
    "phases": N_("Phase of the value chain"),
    "roles": N_("Work"),
    "languages": N_("Language"),
    "genders": N_("Gender"),
    "formalities": N_("Registration of the work"),
    "channels": N_("Channel"),
    "heard": N_("Last word about news"),
    "answered": N_("Wrote after a broadcast that arrived"),
    "not_reached": N_("Not reached by a broadcast"),
    "cohorts": N_("Pilot"),
}

VERDICTS: Final[Mapping[Verdict, str]] = {
    Verdict.NEW: N_("New"),
    Verdict.CHANGED: N_("There already, with something to add"),
    Verdict.UNCHANGED: N_("There already, nothing to add"),
    Verdict.DUPLICATE: N_("Twice in the file"),
    Verdict.STOPPED: N_("Has stopped news"),
    Verdict.BAD: N_("Cannot be read"),
}

WHYS: Final[Mapping[Why, str]] = {
    Why.NO_PHONE: N_("There is no telephone number."),
    Why.NOT_A_NUMBER: N_("This is no telephone number that can be called."),
    Why.NO_CONSENT: N_("It does not say that they agreed."),
    Why.NO_DAY: N_("The day on which they agreed is missing, cannot be read, or has not come."),
    Why.NO_HOW: N_("It does not say how they agreed."),
    Why.LANGUAGE: N_("This is no language of ours."),
    Why.SITE: N_("There is no site with this code."),
    Why.ROLE: N_("The work is none that we know."),
    Why.GENDER: N_("The gender cannot be read."),
    Why.FORMALITY: N_("The registration of the work cannot be read."),
    Why.TOO_LONG: N_("How they agreed, or the name of the pilot, is too long."),
}

#: Why a file is no list.
UNREADABLE: Final[Mapping[str, str]] = {
    "empty": N_("The file is empty."),
    "broken": N_("The file is damaged. Save it again as CSV or as an Excel workbook (.xlsx)."),
    "old_excel": N_("This is an old Excel file. Save it as .xlsx or as CSV."),
    "too_large": N_("The file is too large once it is unpacked."),
    "too_many": N_("The file has more than 100,000 rows. Bring it in parts."),
    "forgotten": N_("Somebody forgot this list while it was read. Bring it again."),
    "no_phone_column": N_("No column is called «phone» or «téléphone». The first row names them."),
}

IMPORT_STATES: Final[Mapping[State, str]] = {
    State.READING: N_("Being read, or cut off"),
    State.READY: N_("Read; nobody is on the list yet"),
    State.APPLYING: N_("Being put on the list"),
    State.DONE: N_("On the list"),
    State.UNDOING: N_("Being taken off"),
    State.UNDONE: N_("Taken off again"),
}

ENCODINGS: Final[Mapping[str, str]] = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
}

SEPARATORS: Final[Mapping[str, str]] = {
    ",": N_("comma"),
    ";": N_("semicolon"),
    "\t": N_("tab"),
}
