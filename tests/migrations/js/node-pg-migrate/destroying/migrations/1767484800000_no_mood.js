export const up = (pgm) => pgm.dropColumns("users", ["mood"]);

export const down = false;
