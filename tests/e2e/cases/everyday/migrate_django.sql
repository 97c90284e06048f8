# Django 3.2 migrate on an empty database.  Each case goes on where the one before ended.
# Recorded from the server's log, of a real run.

#for readonly=- app=- deploy=ok
#: 1: CREATE TABLE "django_migrations" ("id" serial NOT NULL P | readonly=write app=42501
CREATE TABLE "django_migrations" ("id" serial NOT NULL PRIMARY KEY, "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" timestamp with time zone NOT NULL)
#: 2: CREATE TABLE "django_content_type" ("id" serial NOT NULL | readonly=write app=42501 goes-on
CREATE TABLE "django_content_type" ("id" serial NOT NULL PRIMARY KEY, "name" varchar(100) NOT NULL, "app_label" varchar(100) NOT NULL, "model" varchar(100) NOT NULL)
#: 3: ALTER TABLE "django_content_type" ADD CONSTRAINT "django | readonly=write app=42501 goes-on
ALTER TABLE "django_content_type" ADD CONSTRAINT "django_content_type_app_label_model_76bd3d3b_uniq" UNIQUE ("app_label", "model")
#: 4: INSERT INTO "django_migrations" ("app", "name", "applied | readonly=write goes-on
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('contenttypes', '0001_initial', '2026-11-21T10:08:33.842339+00:00'::timestamptz) RETURNING "django_migrations"."id"
#: 5: CREATE TABLE "auth_permission" ("id" serial NOT NULL PRI | readonly=write app=42501 goes-on
CREATE TABLE "auth_permission" ("id" serial NOT NULL PRIMARY KEY, "name" varchar(50) NOT NULL, "content_type_id" integer NOT NULL, "codename" varchar(100) NOT NULL)
#: 6: CREATE TABLE "auth_group" ("id" serial NOT NULL PRIMARY | readonly=write app=42501 goes-on
CREATE TABLE "auth_group" ("id" serial NOT NULL PRIMARY KEY, "name" varchar(80) NOT NULL UNIQUE)
#: 7: CREATE TABLE "auth_group_permissions" ("id" serial NOT N | readonly=write app=42501 goes-on
CREATE TABLE "auth_group_permissions" ("id" serial NOT NULL PRIMARY KEY, "group_id" integer NOT NULL, "permission_id" integer NOT NULL)
#: 8: CREATE TABLE "auth_user" ("id" serial NOT NULL PRIMARY K | readonly=write app=42501 goes-on
CREATE TABLE "auth_user" ("id" serial NOT NULL PRIMARY KEY, "password" varchar(128) NOT NULL, "last_login" timestamp with time zone NOT NULL, "is_superuser" boolean NOT NULL, "username" varchar(30) NOT NULL UNIQUE, "first_name" varchar(30) NOT NULL, "last_name" varchar(30) NOT NULL, "email" varchar(75) NOT NULL, "is_staff" boolean NOT NULL, "is_active" boolean NOT NULL, "date_joined" timestamp with time zone NOT NULL)
#: 9: CREATE TABLE "auth_user_groups" ("id" serial NOT NULL PR | readonly=write app=42501 goes-on
CREATE TABLE "auth_user_groups" ("id" serial NOT NULL PRIMARY KEY, "user_id" integer NOT NULL, "group_id" integer NOT NULL)
#: 10: CREATE TABLE "auth_user_user_permissions" ("id" serial N | readonly=write app=42501 goes-on
CREATE TABLE "auth_user_user_permissions" ("id" serial NOT NULL PRIMARY KEY, "user_id" integer NOT NULL, "permission_id" integer NOT NULL)
#: 11: ALTER TABLE "auth_permission" ADD CONSTRAINT "auth_permi | readonly=write app=42501 goes-on
ALTER TABLE "auth_permission" ADD CONSTRAINT "auth_permission_content_type_id_codename_01ab375a_uniq" UNIQUE ("content_type_id", "codename")
#: 12: ALTER TABLE "auth_permission" ADD CONSTRAINT "auth_permi | readonly=write app=42501 goes-on
ALTER TABLE "auth_permission" ADD CONSTRAINT "auth_permission_content_type_id_2f476e4b_fk_django_co" FOREIGN KEY ("content_type_id") REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED
#: 13: CREATE INDEX "auth_permission_content_type_id_2f476e4b" | readonly=write app=42501 goes-on
CREATE INDEX "auth_permission_content_type_id_2f476e4b" ON "auth_permission" ("content_type_id")
#: 14: CREATE INDEX "auth_group_name_a6ea08ec_like" ON "auth_gr | readonly=write app=42501 goes-on
CREATE INDEX "auth_group_name_a6ea08ec_like" ON "auth_group" ("name" varchar_pattern_ops)
#: 15: ALTER TABLE "auth_group_permissions" ADD CONSTRAINT "aut | readonly=write app=42501 goes-on
ALTER TABLE "auth_group_permissions" ADD CONSTRAINT "auth_group_permissions_group_id_permission_id_0cd325b0_uniq" UNIQUE ("group_id", "permission_id")
#: 16: ALTER TABLE "auth_group_permissions" ADD CONSTRAINT "aut | readonly=write app=42501 goes-on
ALTER TABLE "auth_group_permissions" ADD CONSTRAINT "auth_group_permissions_group_id_b120cbf9_fk_auth_group_id" FOREIGN KEY ("group_id") REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED
#: 17: ALTER TABLE "auth_group_permissions" ADD CONSTRAINT "aut | readonly=write app=42501 goes-on
ALTER TABLE "auth_group_permissions" ADD CONSTRAINT "auth_group_permissio_permission_id_84c5c92e_fk_auth_perm" FOREIGN KEY ("permission_id") REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED
#: 18: CREATE INDEX "auth_group_permissions_group_id_b120cbf9" | readonly=write app=42501 goes-on
CREATE INDEX "auth_group_permissions_group_id_b120cbf9" ON "auth_group_permissions" ("group_id")
#: 19: CREATE INDEX "auth_group_permissions_permission_id_84c5c | readonly=write app=42501 goes-on
CREATE INDEX "auth_group_permissions_permission_id_84c5c92e" ON "auth_group_permissions" ("permission_id")
#: 20: CREATE INDEX "auth_user_username_6821ab7c_like" ON "auth | readonly=write app=42501 goes-on
CREATE INDEX "auth_user_username_6821ab7c_like" ON "auth_user" ("username" varchar_pattern_ops)
#: 21: ALTER TABLE "auth_user_groups" ADD CONSTRAINT "auth_user | readonly=write app=42501 goes-on
ALTER TABLE "auth_user_groups" ADD CONSTRAINT "auth_user_groups_user_id_group_id_94350c0c_uniq" UNIQUE ("user_id", "group_id")
#: 22: ALTER TABLE "auth_user_groups" ADD CONSTRAINT "auth_user | readonly=write app=42501 goes-on
ALTER TABLE "auth_user_groups" ADD CONSTRAINT "auth_user_groups_user_id_6a12ed8b_fk_auth_user_id" FOREIGN KEY ("user_id") REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED
#: 23: ALTER TABLE "auth_user_groups" ADD CONSTRAINT "auth_user | readonly=write app=42501 goes-on
ALTER TABLE "auth_user_groups" ADD CONSTRAINT "auth_user_groups_group_id_97559544_fk_auth_group_id" FOREIGN KEY ("group_id") REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED
#: 24: CREATE INDEX "auth_user_groups_user_id_6a12ed8b" ON "aut | readonly=write app=42501 goes-on
CREATE INDEX "auth_user_groups_user_id_6a12ed8b" ON "auth_user_groups" ("user_id")
#: 25: CREATE INDEX "auth_user_groups_group_id_97559544" ON "au | readonly=write app=42501 goes-on
CREATE INDEX "auth_user_groups_group_id_97559544" ON "auth_user_groups" ("group_id")
#: 26: ALTER TABLE "auth_user_user_permissions" ADD CONSTRAINT | readonly=write app=42501 goes-on
ALTER TABLE "auth_user_user_permissions" ADD CONSTRAINT "auth_user_user_permissions_user_id_permission_id_14a6b632_uniq" UNIQUE ("user_id", "permission_id")
#: 27: ALTER TABLE "auth_user_user_permissions" ADD CONSTRAINT | readonly=write app=42501 goes-on
ALTER TABLE "auth_user_user_permissions" ADD CONSTRAINT "auth_user_user_permissions_user_id_a95ead1b_fk_auth_user_id" FOREIGN KEY ("user_id") REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED
#: 28: ALTER TABLE "auth_user_user_permissions" ADD CONSTRAINT | readonly=write app=42501 goes-on
ALTER TABLE "auth_user_user_permissions" ADD CONSTRAINT "auth_user_user_permi_permission_id_1fbb5f2c_fk_auth_perm" FOREIGN KEY ("permission_id") REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED
#: 29: CREATE INDEX "auth_user_user_permissions_user_id_a95ead1 | readonly=write app=42501 goes-on
CREATE INDEX "auth_user_user_permissions_user_id_a95ead1b" ON "auth_user_user_permissions" ("user_id")
#: 30: CREATE INDEX "auth_user_user_permissions_permission_id_1 | readonly=write app=42501 goes-on
CREATE INDEX "auth_user_user_permissions_permission_id_1fbb5f2c" ON "auth_user_user_permissions" ("permission_id")
#: 31: INSERT INTO "django_migrations" ("app", "name", "applied | readonly=write goes-on
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('auth', '0001_initial', '2026-11-21T10:08:33.913145+00:00'::timestamptz) RETURNING "django_migrations"."id"
#: 32: CREATE TABLE "django_admin_log" ("id" serial NOT NULL PR | readonly=write app=42501 goes-on
CREATE TABLE "django_admin_log" ("id" serial NOT NULL PRIMARY KEY, "action_time" timestamp with time zone NOT NULL, "object_id" text NULL, "object_repr" varchar(200) NOT NULL, "action_flag" smallint NOT NULL CHECK ("action_flag" >= 0), "change_message" text NOT NULL, "content_type_id" integer NULL, "user_id" integer NOT NULL)
#: 33: ALTER TABLE "django_admin_log" ADD CONSTRAINT "django_ad | readonly=write app=42501 goes-on
ALTER TABLE "django_admin_log" ADD CONSTRAINT "django_admin_log_content_type_id_c4bce8eb_fk_django_co" FOREIGN KEY ("content_type_id") REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED
#: 34: ALTER TABLE "django_admin_log" ADD CONSTRAINT "django_ad | readonly=write app=42501 goes-on
ALTER TABLE "django_admin_log" ADD CONSTRAINT "django_admin_log_user_id_c564eba6_fk_auth_user_id" FOREIGN KEY ("user_id") REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED
#: 35: CREATE INDEX "django_admin_log_content_type_id_c4bce8eb" | readonly=write app=42501 goes-on
CREATE INDEX "django_admin_log_content_type_id_c4bce8eb" ON "django_admin_log" ("content_type_id")
#: 36: CREATE INDEX "django_admin_log_user_id_c564eba6" ON "dja | readonly=write app=42501 goes-on
CREATE INDEX "django_admin_log_user_id_c564eba6" ON "django_admin_log" ("user_id")
#: 37: INSERT INTO "django_migrations" ("app", "name", "applied | readonly=write goes-on
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('admin', '0001_initial', '2026-11-21T10:08:33.988212+00:00'::timestamptz) RETURNING "django_migrations"."id"
#: 38: INSERT INTO "django_migrations" ("app", "name", "applied | readonly=write goes-on
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('admin', '0002_logentry_remove_auto_add', '2026-11-21T10:08:34.000059+00:00'::timestamptz) RETURNING "django_migrations"."id"
#: 39: INSERT INTO "django_migrations" ("app", "name", "applied | readonly=write goes-on
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('admin', '0003_logentry_add_action_flag_choices', '2026-11-21T10:08:34.006717+00:00'::timestamptz) RETURNING "django_migrations"."id"
#: 40: ALTER TABLE "django_content_type" ALTER COLUMN "name" DR | readonly=write app=42501 goes-on
ALTER TABLE "django_content_type" ALTER COLUMN "name" DROP NOT NULL
#: 41: ALTER TABLE "django_content_type" DROP COLUMN "name" CAS | readonly=write app=42501 deploy=42501 goes-on
ALTER TABLE "django_content_type" DROP COLUMN "name" CASCADE
#: 42: INSERT INTO "django_migrations" ("app", "name", "applied | readonly=write goes-on
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('contenttypes', '0002_remove_content_type_name', '2026-11-21T10:08:34.022172+00:00'::timestamptz) RETURNING "django_migrations"."id"
#: 43: ALTER TABLE "auth_permission" ALTER COLUMN "name" TYPE v | readonly=write app=42501 goes-on
ALTER TABLE "auth_permission" ALTER COLUMN "name" TYPE varchar(255)
#: 44: INSERT INTO "django_migrations" ("app", "name", "applied | readonly=write goes-on
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('auth', '0002_alter_permission_name_max_length', '2026-11-21T10:08:34.028485+00:00'::timestamptz) RETURNING "django_migrations"."id"
#: 45: ALTER TABLE "auth_user" ALTER COLUMN "email" TYPE varcha | readonly=write app=42501 goes-on
ALTER TABLE "auth_user" ALTER COLUMN "email" TYPE varchar(254)
#: 46: INSERT INTO "django_migrations" ("app", "name", "applied | readonly=write goes-on
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('auth', '0003_alter_user_email_max_length', '2026-11-21T10:08:34.038742+00:00'::timestamptz) RETURNING "django_migrations"."id"
#: 47: INSERT INTO "django_migrations" ("app", "name", "applied | readonly=write goes-on
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('auth', '0004_alter_user_username_opts', '2026-11-21T10:08:34.044119+00:00'::timestamptz) RETURNING "django_migrations"."id"
#: 48: ALTER TABLE "auth_user" ALTER COLUMN "last_login" DROP N | readonly=write app=42501 goes-on
ALTER TABLE "auth_user" ALTER COLUMN "last_login" DROP NOT NULL
#: 49: INSERT INTO "django_migrations" ("app", "name", "applied | readonly=write goes-on
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('auth', '0005_alter_user_last_login_null', '2026-11-21T10:08:34.057045+00:00'::timestamptz) RETURNING "django_migrations"."id"
#: 50: INSERT INTO "django_migrations" ("app", "name", "applied | readonly=write goes-on
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('auth', '0006_require_contenttypes_0002', '2026-11-21T10:08:34.058973+00:00'::timestamptz) RETURNING "django_migrations"."id"
#: 51: INSERT INTO "django_migrations" ("app", "name", "applied | readonly=write goes-on
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('auth', '0007_alter_validators_add_error_messages', '2026-11-21T10:08:34.068209+00:00'::timestamptz) RETURNING "django_migrations"."id"
#: 52: ALTER TABLE "auth_user" ALTER COLUMN "username" TYPE var | readonly=write app=42501 goes-on
ALTER TABLE "auth_user" ALTER COLUMN "username" TYPE varchar(150)
#: 53: INSERT INTO "django_migrations" ("app", "name", "applied | readonly=write goes-on
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('auth', '0008_alter_user_username_max_length', '2026-11-21T10:08:34.076226+00:00'::timestamptz) RETURNING "django_migrations"."id"
#: 54: ALTER TABLE "auth_user" ALTER COLUMN "last_name" TYPE va | readonly=write app=42501 goes-on
ALTER TABLE "auth_user" ALTER COLUMN "last_name" TYPE varchar(150)
#: 55: INSERT INTO "django_migrations" ("app", "name", "applied | readonly=write goes-on
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('auth', '0009_alter_user_last_name_max_length', '2026-11-21T10:08:34.084697+00:00'::timestamptz) RETURNING "django_migrations"."id"
#: 56: ALTER TABLE "auth_group" ALTER COLUMN "name" TYPE varcha | readonly=write app=42501 goes-on
ALTER TABLE "auth_group" ALTER COLUMN "name" TYPE varchar(150)
#: 57: INSERT INTO "django_migrations" ("app", "name", "applied | readonly=write goes-on
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('auth', '0010_alter_group_name_max_length', '2026-11-21T10:08:34.091096+00:00'::timestamptz) RETURNING "django_migrations"."id"
#: 58: INSERT INTO "django_migrations" ("app", "name", "applied | readonly=write goes-on
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('auth', '0011_update_proxy_permissions', '2026-11-21T10:08:34.100420+00:00'::timestamptz) RETURNING "django_migrations"."id"
#: 59: ALTER TABLE "auth_user" ALTER COLUMN "first_name" TYPE v | readonly=write app=42501 goes-on
ALTER TABLE "auth_user" ALTER COLUMN "first_name" TYPE varchar(150)
#: 60: INSERT INTO "django_migrations" ("app", "name", "applied | readonly=write goes-on
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('auth', '0012_alter_user_first_name_max_length', '2026-11-21T10:08:34.108251+00:00'::timestamptz) RETURNING "django_migrations"."id"
#: 61: CREATE TABLE "django_session" ("session_key" varchar(40) | readonly=write app=42501 goes-on
CREATE TABLE "django_session" ("session_key" varchar(40) NOT NULL PRIMARY KEY, "session_data" text NOT NULL, "expire_date" timestamp with time zone NOT NULL)
#: 62: CREATE INDEX "django_session_session_key_c0390e0f_like" | readonly=write app=42501 goes-on
CREATE INDEX "django_session_session_key_c0390e0f_like" ON "django_session" ("session_key" varchar_pattern_ops)
#: 63: CREATE INDEX "django_session_expire_date_a5c62663" ON "d | readonly=write app=42501 goes-on
CREATE INDEX "django_session_expire_date_a5c62663" ON "django_session" ("expire_date")
#: 64: INSERT INTO "django_migrations" ("app", "name", "applied | readonly=write goes-on
INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('sessions', '0001_initial', '2026-11-21T10:08:34.116580+00:00'::timestamptz) RETURNING "django_migrations"."id"
#: 65: select … from "django_migrations" | goes-on
SELECT "django_migrations"."id", "django_migrations"."app", "django_migrations"."name", "django_migrations"."applied" FROM "django_migrations"
#: 66: INSERT INTO "django_content_type" ("app_label", "model") | readonly=write goes-on
INSERT INTO "django_content_type" ("app_label", "model") VALUES ('contenttypes', 'contenttype') RETURNING "django_content_type"."id"
#: 67: INSERT INTO "auth_permission" ("name", "content_type_id" | readonly=write goes-on
INSERT INTO "auth_permission" ("name", "content_type_id", "codename") VALUES ('Can add content type', 1, 'add_contenttype'), ('Can change content type', 1, 'change_contenttype'), ('Can delete content type', 1, 'delete_contenttype'), ('Can view content type', 1, 'view_contenttype') RETURNING "auth_permission"."id"
#: 68: INSERT INTO "django_content_type" ("app_label", "model") | readonly=write goes-on
INSERT INTO "django_content_type" ("app_label", "model") VALUES ('auth', 'permission'), ('auth', 'group'), ('auth', 'user') RETURNING "django_content_type"."id"
#: 69: INSERT INTO "auth_permission" ("name", "content_type_id" | readonly=write goes-on
INSERT INTO "auth_permission" ("name", "content_type_id", "codename") VALUES ('Can add permission', 2, 'add_permission'), ('Can change permission', 2, 'change_permission'), ('Can delete permission', 2, 'delete_permission'), ('Can view permission', 2, 'view_permission'), ('Can add group', 3, 'add_group'), ('Can change group', 3, 'change_group'), ('Can delete group', 3, 'delete_group'), ('Can view group', 3, 'view_group'), ('Can add user', 4, 'add_user'), ('Can change user', 4, 'change_user'), ('Can delete user', 4, 'delete_user'), ('Can view user', 4, 'view_user') RETURNING "auth_permission"."id"
#: 70: INSERT INTO "django_content_type" ("app_label", "model") | readonly=write goes-on
INSERT INTO "django_content_type" ("app_label", "model") VALUES ('sessions', 'session') RETURNING "django_content_type"."id"
#: 71: INSERT INTO "auth_permission" ("name", "content_type_id" | readonly=write goes-on
INSERT INTO "auth_permission" ("name", "content_type_id", "codename") VALUES ('Can add session', 5, 'add_session'), ('Can change session', 5, 'change_session'), ('Can delete session', 5, 'delete_session'), ('Can view session', 5, 'view_session') RETURNING "auth_permission"."id"
#: 72: INSERT INTO "django_content_type" ("app_label", "model") | readonly=write goes-on
INSERT INTO "django_content_type" ("app_label", "model") VALUES ('admin', 'logentry') RETURNING "django_content_type"."id"
#: 73: INSERT INTO "auth_permission" ("name", "content_type_id" | readonly=write goes-on
INSERT INTO "auth_permission" ("name", "content_type_id", "codename") VALUES ('Can add log entry', 6, 'add_logentry'), ('Can change log entry', 6, 'change_logentry'), ('Can delete log entry', 6, 'delete_logentry'), ('Can view log entry', 6, 'view_logentry') RETURNING "auth_permission"."id"
