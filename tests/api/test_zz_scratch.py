from tests.api.test_review_said import *  # noqa
from tests.api.test_review_friday import test_taps_are_a_median_of_five_cadres_or_nothing_either  # noqa
import pytest
from app import create_app
from tests.conftest import settings_for, empty_postgres, Browser, db
@pytest.fixture
def app(tmp_path, postgres_url):
    app = create_app(settings_for(tmp_path / "data", DATABASE_URL=postgres_url))
    app.test_client_class = Browser
    with app.app_context():
        empty_postgres()
        yield app
        db.session.remove(); db.engine.dispose()
