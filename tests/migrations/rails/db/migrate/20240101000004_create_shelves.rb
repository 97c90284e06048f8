class CreateShelves < ActiveRecord::Migration[6.1]
  def change
    create_table(:shelves) { |t| t.text :room }
  end
end
