"""The lab's one exception: a sentence that says what is missing or went wrong, and what to do about it."""


class LabError(Exception):
    """The lab cannot do this; the text is for people."""
