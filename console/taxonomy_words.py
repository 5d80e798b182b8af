"""What staff read on the pages of the taxonomy: risks, areas, lanes, faults."""

from collections.abc import Mapping
from typing import Final

from bots.sorting import Fault
from forum.suppression import K_GRAVE, K
from grievances.category import Area, Risk
from grievances.taxonomy import SURVIVOR
from locales import N_

RISKS: Final[Mapping[Risk, str]] = {
    Risk.TORTURE: N_("Torture, cruel or degrading treatment"),
    Risk.FORCED_LABOUR: N_("Forced or compulsory labour"),
    Risk.CHILD_LABOUR: N_("The worst forms of child labour"),
    Risk.VIOLATIONS: N_("Other gross violations of human rights, such as sexual violence"),
    Risk.WAR_CRIMES: N_("War crimes"),
    Risk.ARMED_GROUPS: N_("Support to armed groups"),
    Risk.SECURITY_FORCES: N_("Public or private security forces"),
    Risk.BRIBERY: N_("Bribery, and false statements of origin"),
    Risk.LAUNDERING: N_("Money laundering"),
    Risk.DUES: N_("Taxes, fees and royalties not paid"),
}

AREAS: Final[Mapping[Area, str]] = {
    Area.ENVIRONMENT: N_("Environment"),
    Area.RIGHTS: N_("Human rights"),
    Area.LABOUR: N_("Labour standards"),
    Area.SAFETY: N_("Health and safety"),
    Area.GENDER: N_("Gender"),
    Area.ECONOMY: N_("Socio-economic benefits"),
}

LANES: Final[Mapping[str, str]] = {
    "": N_("None: whoever may see cases"),
    SURVIVOR: N_("Survivors: a few trained people"),
}

THRESHOLDS: Final[Mapping[int, str]] = {
    K: N_("From 5 cases on, as soon as the quarter is over"),
    K_GRAVE: N_("From 10 cases on, a quarter later"),
}

#: What is wrong with a menu, as the page says it beside the words that made it so.
FAULTS: Final[Mapping[Fault, str]] = {
    Fault.LONG: N_(
        "With this the menu takes %(what)s characters in an SMS, and there is room for %(room)s."
    ),
    Fault.FOREIGN: N_("A basic phone cannot show: %(what)s"),
    Fault.TAKEN: N_("Phone companies take the word «%(what)s» for a command. Choose another."),
    Fault.ALIKE: N_("Two choices of the menu read «%(what)s»."),
}
