from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("tickets", "0004_channel_webhook"),
    ]

    operations = [
        migrations.AddField(
            model_name="channel",
            name="failed_calls",
            field=models.PositiveSmallIntegerField(db_default=0, editable=False),
        ),
        migrations.AddField(
            model_name="channel",
            name="rest_until",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
