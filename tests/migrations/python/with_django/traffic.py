"""What an application does with Django's ORM on the tables that its migrations made."""
import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
django.setup()

from django.contrib.auth.models import Permission, User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import IntegrityError, ProgrammingError, transaction  # noqa: E402
from django.db.models import Count, F  # noqa: E402

from library.models import Author, Book  # noqa: E402


def count():
    return Author.objects.count(), Book.objects.count(), User.objects.count()


ann = User.objects.create_user("ann", "ann@example.com", "a password")
ann.user_permissions.add(*Permission.objects.filter(codename__endswith="_book"))
print("may", ann.has_perm("library.add_book"), ann.check_password("a password"))
session = SessionStore()
session["basket"] = [1, 2, 3]
session.save()
print("session", SessionStore(session.session_key)["basket"])

Author.objects.bulk_create(Author(name=f"writer {n}") for n in range(10))
first, second, *_ = Author.objects.filter(name__startswith="writer").order_by("id")
Book.objects.bulk_create([Book(author=first, title=f"bulk {n}", pages=n) for n in range(500)], batch_size=100)
book = Book.objects.create(author=second, title="one", pages=1)
book.readers.set([ann])
print("made", count())
Book.objects.filter(pages__gte=400).update(pages=F("pages") + 1, genre="novel")
book.title = "another title"
book.save()
print("read", list(Author.objects.annotate(n=Count("book")).filter(n__gt=0).order_by("-n").values_list("name", "n")))
print("locked", Book.objects.select_for_update().filter(pages=7).count())
try:
    with transaction.atomic():
        book.delete()
        with transaction.atomic():
            print("again", Author.objects.get_or_create(name="writer 1")[1])
        Author.objects.create(name="writer 1")  # the name is taken: all of the block is undone
except IntegrityError as e:
    print("undone", e.__cause__.pgcode, Book.objects.filter(pk=book.pk).exists())
books = list(Book.objects.filter(title__startswith="bulk 1"))
for each in books:
    each.keywords = each.title
Book.objects.bulk_update(books, ["keywords"], batch_size=50)
print("gone", Book.objects.filter(title__startswith="bulk 2").delete()[0], second.delete()[0])
session.flush()
print("end", count())
if os.environ["TRAFFIC_THROUGH"] == "pgmoat":
    for action in (lambda: Book.objects.all()._raw_delete("default"), lambda: Book.objects.update(pages=0)):
        try:
            action()
        except ProgrammingError as e:
            error = e.__cause__
            print("refused", error.pgcode, error.diag.message_detail.split(";")[0], "with a hint" if error.diag.message_hint else "")
