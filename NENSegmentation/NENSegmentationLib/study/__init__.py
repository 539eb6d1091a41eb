"""What happens in a case and in what time: its journal and its timer. Reader studies of many cases come later."""
