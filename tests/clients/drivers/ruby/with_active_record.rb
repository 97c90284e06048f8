# What people do with ActiveRecord, and with the pg gem below it.  As admin it migrates.
require 'active_record'
require 'digest'
require 'json'
$stdout.sync = true
Encoding.default_external = Encoding::UTF_8

ROLE = ENV.fetch('DRIVER_ROLE')
WRITES = ROLE != 'readonly'
BIG_VALUE = "SELECT repeat('0123456789abcdef', 1310720)".freeze
MANY_ROWS = 'SELECT n, md5(n::text) FROM generate_series(1, 120000) AS n'.freeze
PLACE = { adapter: 'postgresql', host: 'localhost', port: ENV['PGPORT'], database: ENV['PGDATABASE'],
          username: ENV['PGUSER'], sslmode: 'disable', pool: 5 }.freeze

def say(what, *values)
  puts "#{what}: #{values.map { |v| v.is_a?(String) ? v : v.inspect }.join(' ')}"
end

def failure
  yield
  raise 'no error'
rescue ActiveRecord::StatementInvalid => e
  e
end

def field(error, name) = error.cause.result.error_field(PG.const_get("PG_DIAG_#{name}"))

class Note < ActiveRecord::Base
  has_many :replies, dependent: :destroy
  serialize :body, JSON
  validates :slug, presence: true
end

class Reply < ActiveRecord::Base
  belongs_to :note, optional: true
end

class Customer < ActiveRecord::Base
  has_many :orders
end

class Order < ActiveRecord::Base
  belongs_to :customer
end

def read(connection)
  say 'simple', connection.select_value('SELECT 1')
  say 'columns', Note.columns.map { |c| [c.name, c.sql_type, c.null, c.default_function || c.default] }
  say 'indexes', connection.indexes('orders').map { |i| [i.name, i.columns, i.unique] }
  say 'keys', connection.foreign_keys('replies').map { |k| [k.column, k.to_table] }, connection.tables.sort
  say 'found', Customer.find(7).name, Customer.find_by(city: 'Oslo').id, Customer.where(id: [1, 2, 3]).order(id: :desc).pluck(:id)
  say 'joined', Order.joins(:customer).where(status: %w[new paid]).group('customers.city').order('customers.city').count
  say 'included', Customer.includes(:orders).where(id: 1..20).sum { |c| c.orders.size }
  say 'batches', Customer.find_each(batch_size: 30).sum(&:id), Customer.in_batches(of: 70).map(&:count)
  say 'explained', Customer.where(id: 1).explain.include?('Scan')
  rows = connection.select_rows(MANY_ROWS)
  say 'rows', rows.size, Digest::SHA256.hexdigest(rows.map(&:last).join)[0, 16]
  say 'value', connection.select_value(BIG_VALUE).size
  1500.times { |n| Customer.where("id = ? + #{n}", 1).where(city: 'x').to_a } # more than it keeps prepared
  say 'prepared', connection.select_value('SELECT count(*) > 0 FROM pg_prepared_statements')
  error = failure { connection.select_value('SELECT 1 / 0') }
  say 'error', error.class.name, field(error, 'SQLSTATE')
  Note.transaction do
    failure { Customer.transaction(requires_new: true) { connection.select_value("SELECT 'x'::int") } }
    say 'savepoint', connection.select_value('SELECT 1')
  end
  Note.transaction do
    failure { connection.execute('SELECT nope') }
    say 'in a transaction', field(failure { connection.execute('SELECT 1') }, 'SQLSTATE')
    raise ActiveRecord::Rollback
  end
  Note.transaction(isolation: :serializable) { say 'isolation', connection.select_value('SHOW transaction_isolation') }
  say 'SQLSTATE', field(failure { connection.execute("INSERT INTO products (name, price_cents) VALUES ('x', -1)") }, 'SQLSTATE')
end

def write(connection)
  Note.create!(slug: 'one', body: { 'a' => 1 }, weight: 1.5, tags: ['a', 'b,c'], data: { n: [1, nil] })
  note = Note.find_by!(slug: 'one')
  say 'created', note.body, note.weight.to_s, note.tags, note.data, note.made.utc.iso8601(6)
  note.update!(picture: "\x00\xFF".b * 1_000_000)
  say 'picture', note.reload.picture.bytesize
  note.with_lock { note.replies.create!(body: 'locked') }
  say 'inserted', Note.insert_all((1..500).map { |n| { slug: "many #{n}", weight: n } }, returning: :id).length
  Note.upsert_all([{ slug: 'many 1', weight: 7 }, { slug: 'new', weight: 8 }], unique_by: :slug)
  say 'upserted', Note.where(slug: ['many 1', 'new']).order(:slug).pluck(:slug, :weight).map { |s, w| [s, w.to_s] }
  say 'updated', Note.where("slug LIKE 'many 1%'").update_all('weight = weight + 1'), Note.sum(:weight).to_s
  say 'arrays', Note.where("'b,c' = ANY (tags)").count, Note.where("data @> ?", { n: [1] }.to_json).count
  error = failure { Note.create!(slug: 'one') }
  say 'unique', error.class.name, field(error, 'CONSTRAINT_NAME'), field(error, 'MESSAGE_DETAIL')
  error = failure { Reply.create!(note_id: -1, body: 'to nothing') }
  say 'error at COMMIT', error.class.name, field(error, 'SQLSTATE'), field(error, 'CONSTRAINT_NAME')
  say 'destroyed', note.destroy.destroyed?, Reply.count, Note.where(slug: 'new').delete_all
  say 'lock', connection.get_advisory_lock(42), connection.release_advisory_lock(42)
end

def raw
  connection = PG.connect
  say 'raw', connection.exec_params('SELECT $1::int + 1', [41]).values, connection.server_version
  connection.copy_data('COPY (SELECT n, md5(n::text) FROM generate_series(1, 50000) n) TO STDOUT') do
    text = +''
    while (row = connection.get_copy_data) do text << row end
    say 'copy out', Digest::SHA256.hexdigest(text)[0, 16]
  end
  connection.send_query(MANY_ROWS)
  connection.set_single_row_mode
  count = 0
  connection.get_result.stream_each { count += 1 }
  say 'streamed', count
  if WRITES
    connection.copy_data('COPY notes (slug, weight) FROM STDIN') { 20_000.times { |n| connection.put_copy_data("raw #{n}\t#{n}\n") } }
    say 'copy in', connection.exec("SELECT count(*) FROM notes WHERE slug LIKE 'raw%'").getvalue(0, 0)
    begin
      connection.copy_data('COPY notes (slug) FROM STDIN') { connection.put_copy_data("never\n"); raise 'the program fails' }
    rescue RuntimeError => e
      say 'copy in given up', e.message, connection.exec("SELECT count(*) FROM notes WHERE slug = 'never'").getvalue(0, 0)
    end
    connection.exec('LISTEN news')
    PG.connect { |other| other.exec("NOTIFY news, 'hello'") }
    connection.wait_for_notify(60) { |channel, _, payload| say 'notify', channel, payload }
  end
  canceler = Thread.new do
    PG.connect do |watcher|
      sleep 0.01 until watcher.exec_params("SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'",
                                           [connection.backend_pid]).ntuples == 1
      connection.cancel
    end
  end
  begin
    connection.async_exec('SELECT pg_sleep(300)')
  rescue PG::QueryCanceled => e
    say 'cancel', e.result.error_field(PG::PG_DIAG_SQLSTATE)
  end
  canceler.join
  say 'after cancel', connection.exec('SELECT 1').getvalue(0, 0)
  connection.enter_pipeline_mode
  [1, 0, 2].each { |n| connection.send_query_params('SELECT 6 / $1::int', [n]) }
  connection.pipeline_sync
  statuses = []
  while (result = connection.get_result || connection.get_result)
    statuses << result.res_status(result.result_status)
    break if statuses.last == 'PGRES_PIPELINE_SYNC'
  end
  say 'pipeline', statuses
  connection.exit_pipeline_mode
  secure = { sslmode: 'verify-full', sslrootcert: ENV['DRIVER_CA'] }
  PG.connect(**secure) { |c| say 'tls', c.ssl_in_use?, c.exec(BIG_VALUE).getvalue(0, 0)[-4..] }
  PG.connect(**secure, user: 'login_scram', password: 'pw-scram-7d1f') do |c|
    say 'scram over tls', c.exec('SELECT current_user').getvalue(0, 0)
  end
  begin
    PG.connect(**secure, sslrootcert: ENV['DRIVER_OTHER_CA'])
  rescue PG::ConnectionBad => e
    say 'not trusted', e.message.include?('certificate verify failed')
  end
end

class MakeBooks < ActiveRecord::Migration[6.1]
  def change
    create_table :authors do |t|
      t.string :name, null: false, limit: 80
      t.timestamps
    end
    create_table :books do |t|
      t.references :author, foreign_key: { on_delete: :cascade }
      t.jsonb :data, default: {}
      t.check_constraint 'id > 0', name: 'ids_begin_at_one'
    end
    add_index :authors, :name, unique: true
  end
end

class IndexBooks < ActiveRecord::Migration[6.1]
  disable_ddl_transaction!

  def change
    add_index :books, :data, using: :gin, algorithm: :concurrently
  end
end

def migrate(connection)
  ActiveRecord::Migration.verbose = false
  context = Struct.new(:migrations).new([MakeBooks.new('MakeBooks', 1), IndexBooks.new('IndexBooks', 2)])
  run = -> { ActiveRecord::Migrator.new(:up, context.migrations, ActiveRecord::SchemaMigration).migrate }
  run.call # under an advisory lock
  say 'version', ActiveRecord::SchemaMigration.pluck(:version), run.call.size
  say 'made', connection.columns('books').map(&:name), connection.indexes('books').map(&:name), connection.check_constraints('books').map(&:name)
  ActiveRecord::SchemaDumper.dump(connection, $stdout)
  ActiveRecord::Migrator.new(:down, context.migrations, ActiveRecord::SchemaMigration, 0).migrate
  say 'undone', connection.tables.sort
end

ActiveRecord::Base.establish_connection(PLACE)
connection = ActiveRecord::Base.connection
if ROLE == 'admin'
  migrate(connection)
else
  read(connection)
  write(connection) if WRITES
  raw
  if ENV['DRIVER_THROUGH'] == 'pgmoat'
    ['DELETE FROM notes', WRITES ? 'DROP TABLE notes' : "SELECT pg_notify('a', 'b')"].each do |statement|
      error = failure { connection.execute(statement) }
      puts "refused: #{%w[SQLSTATE MESSAGE_PRIMARY MESSAGE_DETAIL MESSAGE_HINT].map { |f| field(error, f) }.join(' | ')}"
    end
    puts "refused, and then: #{connection.select_value('SELECT 1')}"
  end
end
