# Beside the running application: outside of a transaction.
class AddGenreIndex < ActiveRecord::Migration[6.1]
  disable_ddl_transaction!

  def change
    add_index :books, :genre, algorithm: :concurrently
  end
end
