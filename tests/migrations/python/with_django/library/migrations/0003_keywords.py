from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("library", "0002_genres")]
    operations = [migrations.AddField("Book", "keywords", models.TextField(default=""))]
