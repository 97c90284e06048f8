"""What people do with Django.  As admin it migrates, with its own users and sessions; as app
and readonly it works with the notes."""
import os

import django
from django.conf import settings

from telling import BIG_VALUE, MANY_ROWS, REFUSED, ROLE, THROUGH_PGMOAT, WRITES, digest, refused, say

DATABASE = {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"], "HOST": "localhost",
            "USER": os.environ["PGUSER"], "PORT": os.environ["PGPORT"], "CONN_MAX_AGE": 60}
SECURE = {**DATABASE, "USER": "login_scram", "PASSWORD": "pw-scram-7d1f",
          "OPTIONS": {"sslmode": "verify-full", "sslrootcert": os.environ["DRIVER_CA"]}}
settings.configure(
    USE_TZ=True, SECRET_KEY="of a test", DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"],
    DATABASES={"default": DATABASE, "secure": SECURE})
django.setup()

from django.contrib.postgres.fields import ArrayField  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import DatabaseError, IntegrityError, connection, connections, models, transaction  # noqa: E402
from django.db.models import Avg, Count, F, Q, Sum, Window  # noqa: E402
from django.db.models.functions import RowNumber, TruncMonth  # noqa: E402


class Note(models.Model):
    slug = models.TextField(unique=True)
    body = models.TextField(null=True)
    weight = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    tags = ArrayField(models.TextField(), null=True)
    made = models.DateTimeField(auto_now_add=False, default="2024-05-06T07:08:09Z")
    data = models.JSONField(null=True)
    picture = models.BinaryField(null=True)

    class Meta:
        app_label, managed, db_table = "notes", False, "notes"


class Reply(models.Model):
    note = models.ForeignKey(Note, models.CASCADE, related_name="replies")
    body = models.TextField()

    class Meta:
        app_label, managed, db_table = "notes", False, "replies"


class Customer(models.Model):
    name, city, created_at = models.TextField(), models.TextField(), models.DateTimeField()

    class Meta:
        app_label, managed, db_table = "notes", False, "customers"


def read():
    say("simple", Customer.objects.get(pk=1).name)
    months = Customer.objects.annotate(month=TruncMonth("created_at")).values("month").annotate(n=Count("id"))
    say("by month", [(row["month"].isoformat(), row["n"]) for row in months.order_by("month")])
    say("found", list(Customer.objects.filter(Q(city__startswith="L") & ~Q(name__icontains="berg"))
                      .order_by("-id").values_list("id", "name")[3:6]))
    say("window", Customer.objects.annotate(n=Window(RowNumber(), [F("city")], F("id").asc())).last().n)
    say("average", Customer.objects.aggregate(Avg("id"), Sum("id")))
    say("server-side cursor", sum(customer.id for customer in Customer.objects.iterator(chunk_size=30)))
    say("bulk", len(Customer.objects.in_bulk(list(range(1, 150)))), Customer.objects.filter(pk__in=[]).exists())
    say("explained", "Scan" in Customer.objects.filter(pk__gt=3).explain(analyze=True))
    with connection.cursor() as cursor:
        cursor.execute(MANY_ROWS)
        rows = cursor.fetchall()
        say("rows", len(rows), digest("".join(row[1] for row in rows).encode()))
        cursor.execute(BIG_VALUE)
        say("value", len(cursor.fetchone()[0]))
        say("tables", [table.name for table in sorted(connection.introspection.get_table_list(cursor))])
        say("constraints", sorted(connection.introspection.get_constraints(cursor, "notes").items()))
        say("relations", connection.introspection.get_relations(cursor, "replies"))
    try:
        with transaction.atomic():
            Customer.objects.raw("SELECT nope FROM customers")[0]
    except DatabaseError as error:
        say("error", type(error).__name__, error.__cause__.pgcode)
    with transaction.atomic():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1 / %s", [0])
        except DatabaseError as error:
            say("savepoint", error.__cause__.pgcode, Customer.objects.count())
    try:
        Reply.objects.create(note_id=-1, body="to nothing")  # not in a transaction: at its own COMMIT
    except DatabaseError as error:
        say("SQLSTATE", error.__cause__.pgcode)


def write():
    Note.objects.bulk_create([Note(slug=f"note {n}", weight=n, tags=["a", "b,c"], data={"n": n, "even": n % 2 == 0})
                              for n in range(1000)], batch_size=300)
    say("created", Note.objects.count(), Note.objects.filter(data__even=True, data__n__gte=500).count(),
        Note.objects.filter(tags__contains=["b,c"]).count())
    Note.objects.filter(slug__startswith="note 1").update(weight=F("weight") + 1, body="żółw")
    for note in (notes := list(Note.objects.filter(pk__lt=100))):
        note.data["seen"] = True
    Note.objects.bulk_update(notes, ["data"], batch_size=50)
    say("updated", Note.objects.aggregate(Sum("weight")), Note.objects.filter(data__seen=True).count())
    with transaction.atomic():
        note = Note.objects.select_for_update(of=("self",)).get(slug="note 5")
        note.replies.create(body="first")
        note.replies.create(body="second")
    say("prefetched", [(n.slug, [r.body for r in n.replies.all()]) for n in
                       Note.objects.prefetch_related("replies").filter(pk=note.pk)])
    say("get or create", *(Note.objects.get_or_create(slug="once")[1] for _ in range(2)))
    say("update or create", Note.objects.update_or_create(slug="once", defaults={"weight": 3})[1])
    Note.objects.bulk_create([Note(slug="once")], ignore_conflicts=True)
    picture = bytes(range(256)) * 4000
    say("picture", bytes(Note.objects.get(pk=Note.objects.create(slug="p", picture=picture).pk).picture) == picture)
    try:
        Note.objects.create(slug="once")
    except IntegrityError as error:
        say("unique", error.__cause__.pgcode, error.__cause__.diag.constraint_name)
    try:
        with transaction.atomic():
            Reply.objects.create(note_id=-1, body="to nothing")
    except IntegrityError as error:
        say("error at COMMIT", error.__cause__.pgcode, error.__cause__.diag.constraint_name)
    say("deleted", note.replies.all().delete(), note.delete(), Note.objects.filter(slug__startswith="note 9").delete())
    hooks = []
    with transaction.atomic():
        transaction.on_commit(lambda: hooks.append("committed"))
    say("hooks", hooks)


def migrate():
    from django.contrib.auth.models import Group, Permission, User
    from django.contrib.sessions.backends.db import SessionStore
    call_command("migrate", verbosity=1, no_color=True)
    call_command("migrate", verbosity=1, no_color=True)
    call_command("showmigrations", no_color=True)
    user = User.objects.create_user("ada", "ada@example.com", "a secret")
    user.groups.add(Group.objects.create(name="writers"))
    user.user_permissions.set(Permission.objects.filter(codename__startswith="add_"))
    say("user", user.check_password("a secret"), sorted(user.get_all_permissions()))
    session = SessionStore()
    session["seen"] = 1
    session.save()
    say("session", SessionStore(session.session_key)["seen"])
    call_command("inspectdb", "auth_user")


def refusals():
    for statement in REFUSED:
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        except DatabaseError as error:
            diag = error.__cause__.diag
            refused(diag.sqlstate, diag.message_primary, diag.message_detail, diag.message_hint)
    print("refused, and then:", Customer.objects.filter(pk=1).count())


if ROLE == "admin":  # Django's own migrations drop a column, which deploy may not
    migrate()
else:
    read()
    if WRITES:
        write()
    say("scram over tls", Customer.objects.using("secure").raw("SELECT 1 AS id, current_user AS name")[0].name)
    connections.close_all()
    if THROUGH_PGMOAT:
        refusals()
