import uuid
from typing import Any

from django.db import migrations, models


def name_forms(apps: Any, schema_editor: Any) -> None:
    """Stores with each draft its form, found in its data; of two of one form the newer gets it."""
    drafts = apps.get_model("orders", "Draft").objects.using(schema_editor.connection.alias)
    named = drafts.exclude(submission=None).values_list("author_id", "submission")
    seen, count = set(named), 0
    for draft in drafts.filter(submission=None).order_by("-saved_at", "-pk").iterator():
        form = submission_in(draft.data)
        if form is not None and (draft.author_id, form) not in seen:
            seen.add((draft.author_id, form))
            count += drafts.filter(pk=draft.pk).update(submission=form)
    if count:
        print(f"\n    {count} drafts say which form they are", end="")


def submission_in(data: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(data["submission"][0]))
    except (KeyError, IndexError, TypeError, ValueError):
        return None


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0011_overrule_requirements"),
    ]

    operations = [
        migrations.AddField(
            model_name="draft",
            name="submission",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="draft",
            name="by_itself",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(name_forms, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.UniqueConstraint(
                fields=("author", "submission"), name="draft_once_per_form"
            ),
        ),
    ]
