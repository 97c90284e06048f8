"""Forward, and yet it destroys data."""
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("library", "0004_genre_index")]
    operations = [
        migrations.AddField("Book", "rating", models.SmallIntegerField(null=True)),
        migrations.RemoveField("Author", "born"),
    ]
