"""Columns, an index, and values for the rows that are there."""
from django.db import migrations, models


def fill(apps, schema_editor):
    books = apps.get_model("library", "Book").objects
    books.filter(genre=None).update(genre="novel")
    apps.get_model("library", "Author").objects.get_or_create(name="unknown")


class Migration(migrations.Migration):
    dependencies = [("library", "0001_initial")]
    operations = [
        migrations.AddField("Book", "genre", models.CharField(max_length=20, null=True)),
        migrations.AddField("Book", "pages", models.IntegerField(default=0)),
        migrations.AddIndex("Book", models.Index(fields=["title"], name="book_title")),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
