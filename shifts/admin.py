"""Django's admin, for development only."""

from django.contrib import admin

from shifts.models import Holiday, WorkingCalendar


class HolidayInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Holiday
    extra = 0


@admin.register(WorkingCalendar)
class WorkingCalendarAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "time_zone", "is_default")
    inlines = (HolidayInline,)
