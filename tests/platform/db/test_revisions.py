"""The revisions read from the files are those that alembic finds."""

import subprocess
import sys
from pathlib import Path

from alembic.script import ScriptDirectory

from lienxa.platform.db import migrations, revisions


def test_the_files_tell_what_alembic_knows() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert revisions.head() == scripts.get_current_head()
    assert revisions.known_revisions() == {script.revision for script in scripts.walk_revisions()}


def test_the_web_process_does_not_load_alembic() -> None:
    code = "import sys, lienxa.platform.app; assert 'alembic' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
