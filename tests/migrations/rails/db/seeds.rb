ActiveRecord::Base.connection.execute("INSERT INTO authors (name) VALUES ('of the seeds')")
