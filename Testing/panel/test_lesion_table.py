"""The look of the lesion table."""

from __future__ import annotations


def test_a_lesion_has_the_colour_of_the_views_in_a_selected_row_too(a_segmented_case):
    import qt

    icon = a_segmented_case.ui.lesionTable.item(0, 0).icon()
    lesion = a_segmented_case.logic.reading.session.lesion_map.lesions[1]
    shown = icon.pixmap(qt.QSize(12, 12), qt.QIcon.Selected).toImage().pixelColor(5, 5)
    found = (shown.red(), shown.green(), shown.blue())
    assert found == tuple(round(255 * part) for part in lesion.colour)
