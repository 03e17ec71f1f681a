"""Django's admin, for development only: it is installed in ENVIRONMENT=local alone."""

from django.contrib import admin

from accounts.models import Membership, StaffIdentity, Team, User


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    extra = 0


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("display_name", "email", "is_admin", "is_active")
    exclude = ("password",)
    inlines = (MembershipInline,)


admin.site.register([Team, StaffIdentity])
