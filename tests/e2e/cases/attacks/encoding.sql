# Texts that one reader reads differently from another.

#for all=42601/22021/42501
#: invalid UTF-8
SELECT '{bad_utf8}'
#: invalid UTF-8 in a comment
SELECT 1 /* {bad_utf8} */
#: invalid UTF-8 in an identifier
SELECT 1 AS "{bad_utf8}"
#: an overlong quote
SELECT '{overlong_quote}; DELETE FROM order_items; --'
#: an overlong quote outside of a string
SELECT 1 {overlong_quote}

#for all=42601
#: a byte order mark is no space
{bom}SELECT 1
#: a no-break space is no space, but part of a name
DELETE{nbsp}FROM{nbsp}order_items
#: text that cannot be parsed
SELEC 1
#: an unfinished string
SELECT 'abc
#: an unfinished comment
SELECT 1 /* DELETE FROM order_items
#: an unfinished dollar quote
SELECT $a$ DELETE FROM order_items $b$
#: an unfinished identifier
SELECT "abc
#: an unbalanced bracket
SELECT (1
#: a second statement that cannot be parsed
SELECT 1; DELET FROM order_items
#: a psql command
\! touch {loot}/touched
#: a backslash outside of a string
SELECT 1 \; DROP TABLE orders
#: MySQL's comment hides nothing here
SELECT 1 # ; DELETE FROM order_items
#: MySQL's executable comment, unfinished for us
SELECT 1 /*! ; DELETE FROM order_items
#: a bad unicode escape
SELECT U&'\00'
#: a bad unicode surrogate
SELECT U&'\d800'
#: a null byte by an escape
SELECT E'\000'

#for all=42601/22021/42501
#: more than ASCII in a single-byte encoding
#setup SET client_encoding = 'LATIN1'
SELECT 'Größe'
#: bytes of another encoding in a single-byte encoding
#setup SET client_encoding = 'LATIN1'
SELECT '{bad_utf8}'
#: more than ASCII in SQL_ASCII
#setup SET client_encoding = 'SQL_ASCII'
SELECT '{bad_utf8}'
#: more than ASCII behind the change in one text
SET client_encoding = 'LATIN1'; SELECT '{bad_utf8}'
