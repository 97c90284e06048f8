# As db:schema:dump writes it after 20240101000004.
ActiveRecord::Schema.define(version: 2024_01_01_000004) do
  enable_extension 'plpgsql'

  create_table 'authors', force: :cascade do |t|
    t.text 'name', null: false
    t.date 'born'
    t.datetime 'created_at', precision: 6, default: -> { 'now()' }, null: false
    t.datetime 'updated_at', precision: 6, default: -> { 'now()' }, null: false
    t.index ['name'], name: 'index_authors_on_name', unique: true
  end

  create_table 'books', force: :cascade do |t|
    t.bigint 'author_id', null: false
    t.text 'title', null: false
    t.decimal 'price', precision: 8, scale: 2, default: '0.0'
    t.string 'genre'
    t.integer 'pages', default: 0, null: false
    t.index ['author_id'], name: 'index_books_on_author_id'
    t.index ['genre'], name: 'index_books_on_genre'
  end

  create_table 'shelves', force: :cascade do |t|
    t.text 'room'
  end

  add_foreign_key 'books', 'authors'
end
