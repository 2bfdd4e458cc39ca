"""sqlfluff, taught two things that it does not know of DuckDB: `python tests/project/lint_sql.py lint sql`."""

from sqlfluff.cli.commands import cli
from sqlfluff.core.parser import CodeSegment, RegexLexer
from sqlfluff.dialects.dialect_duckdb import duckdb_dialect

# Parameters have names, and may stand wherever a text may.
parameter = RegexLexer("single_quote", r"\$\w+", CodeSegment)
duckdb_dialect.insert_lexer_matchers([parameter], before="dollar_numeric_literal")
# MERGES is a word of PostgreSQL's.
duckdb_dialect.sets("reserved_keywords").discard("MERGES")

if __name__ == "__main__":
    cli()
