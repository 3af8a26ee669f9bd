"""The USD stage: schema, reading, lint, cases, results layer. The only package that imports pxr."""

from twin.stage.plugin import register

register()
