"""Countable nouns: duals and singulars, which tell a number without a numeral."""

from __future__ import annotations

from .words import bare, folded

# Nouns with a broken plural, so that -ين can only be their dual; and those where it may be a plural.
_BROKEN = folded(
    "شخص جندي ضابط طفل رجل شاب قتيل جريح شهيد أسير عنصر شرطي هجوم صاروخ تفجير انفجار لغم حاجز موقع"
    " مقر منزل مبنى يوم شهر عام أسبوع قرن عقد نفق مطار معسكر قارب زورق جسر حي مصنع مخزن لواء فصيل حزب"
    " بلد وزير رئيس زعيم قائد سفير أمير نائب خبير عميل طبيب شيخ أخ ابن راكب تاجر حارس فرد هدف برميل"
    " صحن مركز مسجد مستشفى فندق متجر سوق حادث اجتماع لقاء حزام"
)
_SOUND = folded(
    "مدني مسلح مقاتل مهاجم صحفي صحافي عامل مسافر متظاهر مهندس معلم مسؤول متهم ناشط مدرس إرهابي إيراني"
    " عراقي سوري لبناني فلسطيني إسرائيلي أمريكي مصري يمني تركي معتقل مواطن انتحاري مهاجر لاجئ موظف محتج"
)
_FEMININE = folded("امرأ فتا سيد شقيق أخ ابن جث عائل أسر ممرض زوج شاب مجموع فرق رهين ضحي فئ راهب")
DUAL_ENDS = ("تين", "تان", "ين", "ان")
_NOT_DUAL = folded(
    "بساتين فلسطين متين قوانين موازين براهين دواوين شياطين سلاطين عناوين مساكين تين سكان إنسان بستان كتان"
    " بهتان أفلاطون"
)


def has_dual(word: str) -> bool:
    """Whether a folded word, with or without proclitics, is surely a dual."""
    forms = list(bare(word))
    return not any(form in _NOT_DUAL for form in forms) and any(map(_is_dual, forms))


def has_known_dual(word: str) -> bool:
    """Whether a folded word is the dual of a noun we know; a name may only end like one."""
    stems = {form.removesuffix(end) for form in bare(word) for end in DUAL_ENDS if form.endswith(end)}
    return any(stem in _BROKEN or stem in _SOUND or stem in _FEMININE for stem in stems)


def _is_dual(word: str) -> bool:
    """Whether a folded noun is surely a dual: ``قاعدتين``, ``هجومان``; ``مدنيين`` may be a plural."""
    if len(word) < 5:
        return False
    if word.endswith(("تين", "تان")):
        return True
    stem = word[:-2]
    if word.endswith("ان"):
        return stem in _BROKEN or stem in _SOUND
    return word.endswith("ين") and stem in _BROKEN


def is_single(word: str) -> bool:
    """Whether a folded word is a known countable noun in the singular (``جنديا``, ``طفل``)."""
    return any(f in _BROKEN or f in _SOUND for f in (word, word.removesuffix("ا")))
