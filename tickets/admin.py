"""Django's admin, for development only: what an installation is set up with. Tickets change by actions alone."""

from django.contrib import admin

from tickets.models import Channel, SLAPolicy, SLATarget, Topic


class TargetInline(admin.TabularInline):  # type: ignore[type-arg]
    model = SLATarget
    extra = 0


@admin.register(SLAPolicy)
class SLAPolicyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "team", "calendar", "is_default")
    inlines = (TargetInline,)


admin.site.register([Channel, Topic])
