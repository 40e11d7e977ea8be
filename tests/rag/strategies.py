"""Texts as newspapers print them, and texts that nobody would print."""

from __future__ import annotations

from hypothesis import strategies as st

WORDS = (
    "الجنود المُرسَلين وكازاخستان لكازاخستان للمنظمة بالجيش كـــازاخستان أندريه إليزابيث مسؤول "
    "رئيس الرئيس الجنرال توكاييف بلينكن سيرديوكوف واشنطن موسكو يناير كانون الثاني شباط جمادى "
    "الاثنين الأمم المتحدة كوريا الشمالية خمسة وعشرون ألف مليون مليارات مئة نصف قال إنّ في من على "
    "إلى التي CSTO WHO U.S. UK troops soldiers Kazakhstan's Tokayev Blinken Dr. Mr. President "
    "General the of January Jan. May may Monday North Korea twenty-five three hundred million bn "
    "New York's O’Brien 2,500 ٢٬٥٠٠ ٢٥٠٠ 2.5 ٢٫٥ 34.2bn 5% ٪٥ $7 2022 ٢٠٢٢ 6/1/2022 10:30 1990s "
    "21st 2.500 1.000.000 007"
).split()
PUNCTUATION = (
    ". ",
    "، ",
    "؟ ",
    "! ",
    "؛ ",
    ": ",
    " – ",
    "…",
    ".\n",
    "\n\n",
    " (",
    ") ",
    " «",
    "» ",
)
LETTERS = (
    "اأإآبتثئؤةىيكڤگپچ٠١٢٣۴٫٬.,،؛؟!…\u0640\u064b\u064e\u0651\u0670\u200f\u200e\u202a\u2069\ufeff"
    "ﻻﷲﷺﻣﺤabcXYZ'’\"«»()[]【】–-0123456789½²ßİıﬁéñ %$€\n\u00a0\u202f"
)

DIGITS = "0 1 22 333 2022 500 000 ١ ٢٢ ٥٠٠ ٢٠٢٢ ² ½ 1234567890123456789012345".split()
SEPARATORS = [" ", " و", " and a half ", "", "-"]
NUMBER_WORDS = (
    "hundred thousand million bn m k two twenty ألف آلاف ألفا مليون مليونا مليارات مئة مئتا ألفي "
    "خمسة عشرون نصف ونصف وربع"
).split()

_grouped = st.builds(
    str.join, st.sampled_from(".,٫/"), st.lists(st.sampled_from(DIGITS), min_size=1, max_size=4)
)
number_like = st.lists(
    st.tuples(_grouped | st.sampled_from(NUMBER_WORDS), st.sampled_from(SEPARATORS)), max_size=6
).map(lambda parts: "".join(said + separator for said, separator in parts))
"""Groups of digits, separators and the words of numbers, in any order."""

prose = st.lists(
    st.one_of(st.sampled_from(WORDS), st.sampled_from(WORDS), st.sampled_from(PUNCTUATION)),
    min_size=1,
    max_size=30,
).map(" ".join)
"""Realistic words, numbers and marks in any order."""

noise = st.text(st.one_of(st.sampled_from(LETTERS), st.characters(codec="utf-8")), max_size=60)
"""Any characters, those that the rules care about above all."""

texts = st.one_of(prose, noise)
