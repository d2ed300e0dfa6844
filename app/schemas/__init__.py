"""The shape of every record and body, as marshmallow schemas; fast validators, TypeScript types and OpenAPI are made from them."""
