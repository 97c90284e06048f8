# What an application does with ActiveRecord on the tables that its migrations made.
require_relative 'config/environment'
$stdout.sync = true

class Author < ActiveRecord::Base
  has_many :books, dependent: :destroy
end

class Book < ActiveRecord::Base
  belongs_to :author
end

def count = [Author.count, Book.count]

def field(error, name) = error.cause.result.error_field(PG.const_get("PG_DIAG_#{name}"))

first, second = (1..10).map { |n| Author.create!(name: "writer #{n}") }
Book.insert_all!((0...500).map { |n| { author_id: first.id, title: "bulk #{n}", pages: n } })
book = second.books.create!(title: 'one', pages: 1)
puts "made #{count}"
puts "updated #{Book.where(pages: 400..).update_all('pages = pages + 1')}"
book.update!(title: 'another title')
puts "read #{Author.joins(:books).group(:name).order(:name).count}"
puts "included #{Author.includes(:books).order(:id).map { |a| a.books.size }}"
puts "locked #{Book.lock.find_by(pages: 7).title}"
Author.transaction do
  Author.transaction(requires_new: true) { Author.create!(name: 'writer 1') } # the name is taken
rescue ActiveRecord::RecordNotUnique => e
  puts "savepoint #{field(e, :SQLSTATE)} #{count}"
end
Author.upsert({ name: 'writer 3', born: '1815-12-10' }, unique_by: :name)
puts "batches #{Book.where('title like ?', 'bulk 1%').in_batches(of: 50).map { |b| b.update_all(genre: 'novel') }}"
puts "gone #{Book.where('title like ?', 'bulk 2%').delete_all} #{second.destroy.destroyed?}"
puts "touched #{Author.where(id: first.id).touch_all}"
puts "end #{count}"
if ENV['TRAFFIC_THROUGH'] == 'pgmoat'
  [-> { Book.delete_all }, -> { Book.update_all(pages: 0) }].each do |action|
    action.call
  rescue ActiveRecord::StatementInvalid => e
    puts "refused #{field(e, :SQLSTATE)} #{field(e, :MESSAGE_DETAIL).split(';')[0]} #{'with a hint' if field(e, :MESSAGE_HINT)}"
  end
end
