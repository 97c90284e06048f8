# Forward, and yet it destroys data.
class RemoveBirthdays < ActiveRecord::Migration[6.1]
  def change
    add_column :books, :rating, :integer
    remove_column :authors, :born, :date
  end
end
