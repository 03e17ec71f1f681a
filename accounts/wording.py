"""Words of allauth's pages that our catalogues say anew: its translations speak in other registers.

Nothing imports this. It stands here so that makemessages keeps them, and ours come before allauth's.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

SAID_ANEW = (
    _("Are you sure?"),
    _("Cancel"),
    _("Forgot your password?"),
    _("Incorrect code."),
    _("Incorrect password."),
    _("Please contact us if you have any trouble resetting your password."),
    _("Please type your current password."),
    _("Set Password"),
    _("Two-Factor Authentication"),
    _("You must type the same password each time."),
    _("Your password is now changed."),
)
