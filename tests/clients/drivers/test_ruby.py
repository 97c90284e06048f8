"""ActiveRecord and the pg gem, as Debian ships them."""
import pytest

from stage import HERE


@pytest.mark.parametrize("role", ["app", "readonly", "admin"])
def test_active_record(role, stage):
    told = stage.transcripts(["/usr/bin/ruby", HERE / "ruby/with_active_record.rb"], role)
    if role == "admin":
        told.expect('version: ["1", "2"] 0')
        return
    told.expect("simple: 1", "value: 20971520", "rows: 120000 b223ee7aaeea13b0", "tls: true cdef", "cancel: 57014",
                "scram over tls: login_scram", "not trusted: true", "after cancel: 1", "in a transaction: 25P02",
                "streamed: 120000", "savepoint: 1",
                'pipeline: ["PGRES_TUPLES_OK", "PGRES_FATAL_ERROR", "PGRES_PIPELINE_ABORTED", "PGRES_PIPELINE_SYNC"]')
    if role == "app":
        told.expect("copy in: 20000", "copy in given up: the program fails 0", "notify: news hello", "picture: 2000000",
                    "error at COMMIT: ActiveRecord::InvalidForeignKey 23503 replies_note_id_fkey")
        told.expect_refusals("42501", "42501")
    else:
        told.expect("SQLSTATE: 25006")
        told.expect_refusals("25006", "42501")
