# Columns, and values for the rows that are there.
class AddGenres < ActiveRecord::Migration[6.1]
  class Book < ActiveRecord::Base; end

  def up
    add_column :books, :genre, :string
    add_column :books, :pages, :integer, null: false, default: 0
    Book.reset_column_information
    Book.where(genre: nil).update_all(genre: 'novel')
  end

  def down
    remove_column :books, :pages
    remove_column :books, :genre
  end
end
