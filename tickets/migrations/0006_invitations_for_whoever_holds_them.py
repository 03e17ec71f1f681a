import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0005_channel_rest'),
    ]

    operations = [
        migrations.AlterField(
            model_name='privateinvitation',
            name='identity',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='tickets.contactidentity'),
        ),
    ]
