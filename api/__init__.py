"""The GraphQL service: every question over HTTP, with access, limits and audit."""
