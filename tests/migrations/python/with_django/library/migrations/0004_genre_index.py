"""Beside the running application: outside of a transaction."""
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("library", "0003_keywords")]
    operations = [AddIndexConcurrently("Book", models.Index(fields=["genre"], name="book_genre"))]
