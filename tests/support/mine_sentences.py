"""Sentences about mining in twelve languages, put together from templates, for what they weigh.

All of them are invented here, for their letters and their lengths: no speaker has approved them,
and nobody is ever sent one. ``{n}`` is a number, ``{w}`` one of the language's words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Speech:
    """What one language says. *words* fill the templates' gaps."""

    words: Sequence[str]
    templates: Sequence[str]

    def sentence(self, dice: Random) -> str:
        """Return one sentence."""
        template = dice.choice(self.templates)
        return template.format(n=dice.choice(_NUMBERS), w=dice.choice(self.words))


_NUMBERS = ("3", "10", "12", "25", "48", "150", "2 000", "7,5", "30%", "#4", "1/2")

SPEECH: Mapping[str, Speech] = {
    "en": Speech(
        ("mercury", "the licence", "the pit", "the ore", "the washing pond"),
        (
            "The fee for {w} is {n} from Monday.",
            "No one may dig within {n} metres of the river.",
            "Keep {w} away from children & from wells.",
            "Who was hurt near {w}? Answer 1 (me) or 2 (another).",
            "Bring {w} to the office before {n} o'clock: it's free.",
            'The forum said: "{w} is not for sale".',
        ),
    ),
    "fr": Speech(
        ("le mercure", "la forêt", "le puits", "la carte d'exploitant", "le minerai lavé"),
        (
            "La taxe sur {w} est de {n} dès lundi.",
            "Il est interdit de creuser à moins de {n} mètres de la rivière.",
            "Où avez-vous vu {w} ? Répondez 1 (ici) ou 2 (là-bas).",
            "L'accès à {w} a été fermé, ça dure {n} jours.",
            "Gardez {w} loin des enfants, même après la fête.",
            "Le forum a reçu votre dossier n° {n} : «{w}».",
        ),
    ),
    "sw": Speech(
        ("zebaki", "leseni", "shimo", "dhahabu", "bwawa la kuoshea"),
        (
            "Ada ya {w} ni {n} kuanzia Jumatatu.",
            "Usichimbe karibu na mto, mita {n} au chini yake.",
            "Weka {w} mbali na watoto na visima.",
            "Nani aliumia karibu na {w}? Jibu 1 (mimi) au 2 (mwingine).",
            "Lete {w} ofisini kabla ya saa {n}: ni bure.",
            'Baraza lilisema: "{w} si ya kuuzwa".',
        ),
    ),
    "pt": Speech(
        ("o mercúrio", "a licença", "o poço", "o minério", "a lagoa de lavagem"),
        (
            "A taxa sobre {w} é de {n} a partir de segunda-feira.",
            "Não se pode cavar a menos de {n} metros do rio.",
            "Guarde {w} longe das crianças e dos poços.",
            "Quem se feriu junto d{w}? Responda 1 (eu) ou 2 (outra pessoa).",
            "A reunião é às {n} horas; é grátis, tragam {w}.",
            "Há {n} queixas em análise: não são segredo.",
        ),
    ),
    "es": Speech(
        ("el mercurio", "la licencia", "el pozo", "el mineral", "la niña del campamento"),
        (
            "La tasa por {w} es de {n} desde el lunes.",
            "No se puede cavar a menos de {n} metros del río.",
            "¿Quién se hirió cerca? ¡Avise! Marque {n}.",
            "Mañana habrá una reunión sobre {w}: será a las {n}.",
            "Guarde {w} lejos de los niños y de los pozos.",
            "Según el foro, {w} está en trámite.",
        ),
    ),
    "ln": Speech(
        ("mɛ́rkire", "mokanda", "libúlu", "wólo", "mbóngo"),
        (
            "Mpako ya {w} ezali {n} banda mosala mwa liboso.",
            "Kotimola tɛ́ pɛnɛpɛnɛ na ebale, mɛ́tɛlɛ {n}.",
            "Bómba {w} mosíká na bana mpé na mabúlu ya mái.",
            "Náni azokí? Zongisá 1 (ngáí) tǒ 2 (mosúsu).",
            "Likita elobí: «{w} ezalí ya kotéka tɛ́».",
            "Yá na {w} libosó ya ngonga {n}.",
        ),
    ),
    "ha": Speech(
        ("sinadarin zaiba", "lasisi", "ramin haƙa", "zinariya", "ƙasar ma'adanai"),
        (
            "Kuɗin {w} shi ne {n} daga Litinin.",
            "Kada a haƙa ƙasa kusa da kogi, ƙafa {n}.",
            "A ɓoye {w} daga yara da rijiyoyi.",
            "Wa ya ji rauni a {w}? Amsa 1 (ni) ko 2 (wani).",
            "Ku kawo {w} ofis kafin ƙarfe {n}: kyauta ne.",
            'Taron ya ce: "ba a sayar da {w}".',
        ),
    ),
    "yo": Speech(
        ("mẹ́kúrì", "ìwé àṣẹ", "kòtò", "wúrà", "odò ìfọ̀ṣẹ́"),
        (
            "Owó orí {w} jẹ́ {n} láti ọjọ́ Ajé.",
            "Ẹ má ṣe gbẹ́ ilẹ̀ nítòsí odò, mítà {n}.",
            "Ẹ gbé {w} jìnnà sí àwọn ọmọdé àti kànga.",
            "Ta ló farapa ní {w}? Dáhùn 1 (èmi) tàbí 2 (ẹlòmíràn).",
            "Ẹ mú {w} wá sí ọ́fíìsì kí aago {n} tó lù.",
            "Ìpàdé sọ pé: “a kì í ta {w}”.",
        ),
    ),
    "am": Speech(
        ("ሜርኩሪ", "ፈቃድ", "ጉድጓድ", "ወርቅ", "የማዕድን ቦታ"),
        (
            "የ{w} ክፍያ ከሰኞ ጀምሮ {n} ነው።",
            "ከወንዙ {n} ሜትር በታች መቆፈር የተከለከለ ነው።",
            "{w} ከልጆችና ከጉድጓድ ውሃ አርቁ።",
            "በ{w} አጠገብ የተጎዳ ማን ነው? 1 (እኔ) ወይም 2 (ሌላ) ይመልሱ።",
            "{w} ከ{n} ሰዓት በፊት ወደ ቢሮ አምጡ፤ ነፃ ነው።",
            "ጉባኤው፦ «{w} አይሸጥም» ብሏል።",
        ),
    ),
    "ar": Speech(
        ("الزئبق", "الرخصة", "الحفرة", "الذهب", "بركة الغسيل"),
        (
            "رسوم {w} هي {n} ابتداءً من يوم الاثنين.",
            "يُمنع الحفر على بُعد أقل من {n} متر من النهر.",
            "أبعدوا {w} عن الأطفال والآبار.",
            "من أُصيب قرب {w}؟ أجب 1 (أنا) أو 2 (غيري).",
            "أحضروا {w} إلى المكتب قبل الساعة {n}، مجّانًا.",
            "قال المنتدى: «{w} ليس للبيع».",
        ),
    ),
    "id": Speech(
        ("merkuri", "izin", "lubang tambang", "emas", "kolam pencucian"),
        (
            "Biaya {w} adalah {n} mulai hari Senin.",
            "Dilarang menggali kurang dari {n} meter dari sungai.",
            "Jauhkan {w} dari anak-anak & sumur.",
            "Siapa terluka di dekat {w}? Jawab 1 (saya) atau 2 (orang lain).",
            "Bawa {w} ke kantor sebelum pukul {n}: gratis.",
            'Forum berkata: "{w} tidak dijual".',
        ),
    ),
    "ta": Speech(
        ("பாதரசம்", "உரிமம்", "சுரங்கக் குழி", "தங்கம்", "கழுவும் குளம்"),
        (
            "{w} கட்டணம் திங்கள் முதல் {n}.",
            "ஆற்றிலிருந்து {n} மீட்டருக்குள் தோண்டக் கூடாது.",
            "{w} குழந்தைகளுக்கும் கிணறுகளுக்கும் எட்டாமல் வையுங்கள்.",
            "யாருக்குக் காயம்? 1 (எனக்கு) அல்லது 2 (வேறொருவருக்கு) எனப் பதில் அனுப்புங்கள்.",
            "{n} மணிக்கு முன் {w} அலுவலகத்திற்குக் கொண்டு வாருங்கள்: இலவசம்.",
            "மன்றம் சொன்னது: «{w} விற்பனைக்கு அல்ல».",
        ),
    ),
}
