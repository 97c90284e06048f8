from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel("Author", [
            ("id", models.BigAutoField(primary_key=True)),
            ("name", models.TextField(unique=True)),
            ("born", models.DateField(null=True))]),
        migrations.CreateModel("Book", [
            ("id", models.BigAutoField(primary_key=True)),
            ("title", models.TextField()),
            ("price", models.DecimalField(max_digits=8, decimal_places=2, default=0)),
            ("author", models.ForeignKey("library.Author", models.CASCADE)),
            ("readers", models.ManyToManyField(settings.AUTH_USER_MODEL))]),
    ]
