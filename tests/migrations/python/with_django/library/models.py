from django.db import models


class Author(models.Model):
    name = models.TextField(unique=True)


class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)
    title = models.TextField()
    price = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    genre = models.CharField(max_length=20, null=True)
    pages = models.IntegerField(default=0)
    readers = models.ManyToManyField("auth.User")
    keywords = models.TextField(default="")
    rating = models.SmallIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["title"], name="book_title"), models.Index(fields=["genre"], name="book_genre")]
